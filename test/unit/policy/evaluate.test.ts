import { evaluate, type StackPolicies } from "../../../policy/evaluate";
import type { Exception } from "../../../policy/exceptions";
import { unusedMessage, violationMessage } from "../../../policy/message";
import type { AnyResource } from "../../../policy/resource";
import { goodStack } from "./good";

const policies: StackPolicies = { system: "devcontainer", levels: {}, exceptions: [] };
const exception: Exception = {
  service: "shop",
  rule: "no-capabilities-added",
  values: ["CAP_CHOWN"],
  reason: "It owns files.",
};

/** The stack that breaks no rule, with other inputs of its container. */
function withContainer(inputs: Record<string, unknown>, more: Partial<AnyResource> = {}): AnyResource[] {
  return goodStack.map((resource) =>
    resource.type.endsWith(":Container")
      ? { ...resource, ...more, inputs: { ...resource.inputs, ...inputs } }
      : resource,
  );
}

const owner = withContainer({ capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN"] } });

describe("a breach", () => {
  it("is told with the service, the setting, its value, where the rule comes from, and the fix", () => {
    const [violation] = evaluate(owner, policies, []).violations;
    expect(violation && violationMessage(violation)).toBe(
      "shop, capabilities.adds: CAP_CHOWN. No capability is given back (no-capabilities-added, CIS 5.4, OWASP 3). " +
        "Fix: run the program without it, or name the capability in an exception.",
    );
  });

  it("is mandatory, advised or not asked for, as the stack's settings say", () => {
    const levels = (level: "advisory" | "disabled") =>
      evaluate(owner, { ...policies, levels: { "no-capabilities-added": level } }, []).violations.map(
        (violation) => violation.level,
      );
    expect(evaluate(owner, policies, []).violations).toMatchObject([{ level: "mandatory" }]);
    expect(levels("advisory")).toEqual(["advisory"]);
    expect(levels("disabled")).toEqual([]);
  });

  it("never shows the secret that it is about", () => {
    const leaky = withContainer({
      envs: ["DATABASE_PASSWORD=hunter2", "URL=postgres://admin:hunter2@db/shop"],
    });
    const { violations } = evaluate(leaky, policies, []);
    expect(violations.map(({ value }) => value)).toEqual(["DATABASE_PASSWORD", "URL"]);
    expect(violations.map(violationMessage).join("\n")).not.toContain("hunter2");
  });

  it("is not found in what is not known yet", () => {
    const { capabilities: _, ...rest } = goodStack[0]?.inputs ?? {};
    const unknown = goodStack.map((resource, index) =>
      index === 0 ? { ...resource, inputs: rest, unknown: ["capabilities"] } : resource,
    );
    expect(evaluate(unknown, policies, []).violations).toEqual([]);
    const missing = goodStack.map((resource, index) =>
      index === 0 ? { ...resource, inputs: rest } : resource,
    );
    expect(evaluate(missing, policies, []).violations).toMatchObject([
      { rule: { id: "capabilities-dropped" } },
    ]);
  });
});

describe("an exception", () => {
  it.each([
    ["of the project", evaluate(owner, policies, [exception])],
    ["of the stack", evaluate(owner, { ...policies, exceptions: [exception] }, [])],
  ])("%s lets its values pass, and says nothing", (_, verdict) => {
    expect(verdict).toEqual({ violations: [], unused: [] });
  });

  it("lets no other value, service or rule pass", () => {
    const more = withContainer({ capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN", "CAP_SYS_ADMIN"] } });
    expect(evaluate(more, policies, [exception]).violations).toMatchObject([{ value: "CAP_SYS_ADMIN" }]);
    const other = { ...exception, service: "mariadb" };
    expect(evaluate(owner, policies, [other]).violations).toHaveLength(1);
    expect(evaluate(owner, policies, [{ ...exception, rule: "seccomp-on" }]).violations).toHaveLength(1);
  });

  it("that nothing needs is an error that names it, value by value", () => {
    const wide = { ...exception, values: ["CAP_CHOWN", "CAP_SETUID"] };
    const { unused } = evaluate(owner, policies, [wide]);
    expect(unused.map(unusedMessage)).toEqual([
      expect.stringMatching(
        /^shop: the exception from no-capabilities-added for CAP_SETUID is not used\. Fix: /,
      ),
    ]);
  });

  it("of the project is not asked about in a stack without its service; one of the stack is", () => {
    const absent = { ...exception, service: "buildkit" };
    expect(evaluate(goodStack, policies, [absent]).unused).toEqual([]);
    expect(evaluate(goodStack, { ...policies, exceptions: [absent] }, []).unused).toHaveLength(1);
  });

  it("is not asked about where its rule is disabled", () => {
    const disabled: StackPolicies = { ...policies, levels: { "no-capabilities-added": "disabled" } };
    expect(evaluate(goodStack, disabled, [exception])).toEqual({ violations: [], unused: [] });
  });
});

describe("a plain secret in an environment", () => {
  const found = (...envs: string[]) =>
    evaluate(withContainer({ envs }), policies, []).violations.map(({ value }) => value);

  it.each([
    "PGPASSWORD=x",
    "MYSQL_PWD=x",
    "API_KEY=x",
    "DATA_SOURCE_PASS=x",
    "ACTIONS_RUNNER_INPUT_PAT=x",
    "CREDENTIALS=x",
    "DSN=mysql://root:x@db/shop",
    "HOOK=https://hooks.slack.com/services/T0/B0/x",
    `NOTE=-----BEGIN RSA ${"PRIVATE"} KEY-----`,
    `GIT=${"ghp_"}${"a".repeat(36)}`,
  ])("is seen in %s", (variable) => {
    expect(found(variable)).toEqual([variable.split("=")[0]]);
  });

  it.each([
    "PGPASSWORD=",
    "PGPASSWORD=[secret]",
    "PASSWORD_FILE=/run/secrets/password",
    "TOKEN_TTL=60",
    "KEYBOARD=us",
    "COMPASS=north",
    "DATABASE_HOST=db",
    "URL=http://db:8080/shop",
    "PATH=/usr/bin:/bin",
  ])("is not seen in %s", (variable) => {
    expect(found(variable)).toEqual([]);
  });
});

describe("an address", () => {
  const found = (ipv4Address: string, tier = "2") =>
    evaluate(
      withContainer({
        networksAdvanced: [{ name: "cluster", ipv4Address }],
        labels: [
          { label: "dev.mcp.service", value: "shop" },
          { label: "dev.mcp.tier", value: tier },
        ],
      }),
      policies,
      [],
    ).violations.map(({ rule }) => rule.id);

  it("is within the range of its tier", () => {
    expect(found("172.20.0.39")).toEqual([]);
    expect(found("172.20.0.40")).toEqual(["address-in-tier"]);
    expect(found("172.20.0.39", "1")).toEqual(["address-in-tier"]);
    expect(found("172.21.0.30")).toEqual(["address-in-tier"]);
  });

  it("is nobody else's", () => {
    const twice = [...goodStack, ...goodStack.slice(0, 1).map((resource) => ({ ...resource, name: "shop" }))];
    expect(evaluate(twice, policies, []).violations).toMatchObject([{ rule: { id: "address-in-tier" } }]);
  });
});

describe("a volume", () => {
  const volume = (change: Partial<AnyResource>) =>
    evaluate(
      goodStack.map((resource) =>
        resource.type.endsWith(":Volume") ? { ...resource, ...change } : resource,
      ),
      policies,
      [],
    ).violations.map(({ setting, value }) => `${setting} ${value}`);

  it("with data is retained, and not replaced for its labels or options", () => {
    expect(volume({ options: { retainOnDelete: true, ignoreChanges: ["labels"] } })).toEqual([
      "ignoreChanges without driverOpts",
    ]);
    expect(volume({ options: {} })).toHaveLength(3);
  });

  it("that says it is a cache may go", () => {
    const labels = [{ label: "dev.mcp.volume-kind", value: "cache" }];
    expect(volume({ inputs: { name: "shop-data", labels }, options: {} })).toEqual([]);
  });
});

describe("a folder of the host", () => {
  const found = (...hostPaths: string[]) =>
    evaluate(
      withContainer({
        volumes: hostPaths.map((hostPath) => ({ hostPath, containerPath: "/host", readOnly: true })),
      }),
      policies,
      [],
    ).violations.map(({ rule }) => rule.id);

  it.each(["/etc", "/etc/", "//etc", "/srv/../etc", "/usr/local/share", "/var/lib/docker/volumes"])(
    "that the host is run from is seen in %s",
    (path) => expect(found(path)).toEqual(["no-sensitive-host-folders"]),
  );

  it.each([
    "/run",
    "/var/run/",
    "/run/docker.sock",
    "/srv/proxy/../docker.sock",
    "/run/user/1000/podman/podman.sock",
  ])("that leads to the engine is seen in %s", (path) => expect(found(path)).toEqual(["no-engine-socket"]));

  it.each(["/srv/shop", "/home/me/.kube/config", "/etcetera", "/opt/mcp-environments", "/var/tmp"])(
    "is nothing but that in %s",
    (path) => expect(found(path)).toEqual([]),
  );

  it("is one as well where a volume's name is its path", () => {
    const volumes = [{ volumeName: "/etc", containerPath: "/host", readOnly: true }];
    expect(evaluate(withContainer({ volumes }), policies, []).violations).toMatchObject([{ value: "/etc" }]);
  });
});
