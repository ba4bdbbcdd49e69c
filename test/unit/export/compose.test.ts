import { parse } from "yaml";
import { parseSettings } from "../../../config/settings";
import { engineHost, type Host } from "../../../components/host";
import { duration } from "../../../components/container";
import type { ComposeService } from "../../../export/compose/model";
import { composeProject } from "../../../export/compose/project";
import { exportable } from "../../../export/compose/settings";
import { variableName, verbatim } from "../../../export/compose/variables";
import { buildTopology, type Service } from "../../../topology";
import { userNamespaces } from "../../../topology/seccomp";
import { register } from "../components/mocks";

const everything = {
  "mcp:system": "devcontainer",
  "mcp:services": JSON.stringify({ "postgres-mcp": { publish: 8030 } }),
};

/** A stack's project, with images that are called by their names, and what the project is made from. */
function exported(values: Record<string, string> = everything, ofHost: Partial<Host> = {}) {
  const settings = exportable(parseSettings({ stack: "dev", values, isSecret: () => true }));
  const topology = buildTopology("dev", settings, "build");
  const services = topology.tiers.flatMap((tier) => tier.services);
  const images = new Map(services.map(({ image }) => [image, { reference: `sha256:${image}`, local: true }]));
  const host = { ...engineHost(settings), ...ofHost };
  return { topology, services, ...composeProject({ topology, images, host }) };
}

/** What Compose makes of a value: references are filled in as the mocks fill in the program's secrets. */
function interpolated(value: string, secrets: readonly string[]): string {
  return value.replaceAll(/\$(\$|\{(\w+):\?[^}]*\}|)/g, (text, what: string, name?: string) => {
    if (what === "$") return "$";
    if (!name) throw new Error(`Compose would look for a variable in: ${value}`);
    const secret = secrets.find((known) => variableName(known) === name);
    return secret ? `password-of-${secret}` : name === "MCP_ENVIRONMENT" ? "0011223344556677" : text;
  });
}

describe("the Compose project", () => {
  const { compose, topology, services, files, variables } = exported();
  const secrets = topology.secrets.map(({ name }) => name);
  const service = (name: string): ComposeService => {
    const found = compose.services[name];
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const filledIn = (record: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, interpolated(value, secrets)]));

  const words = (list: string[] | undefined) => list?.map((word) => interpolated(word, secrets));

  it.each([
    [true, { propagation: "rslave" }],
    [false, { create_host_path: true }], // the engine would refuse a mount that follows others
  ])("follows the host's mounts where it shares them: %s", (sharesMounts, bind) => {
    const exporter = exported(everything, { sharesMounts }).compose.services["node-exporter"];
    expect(exporter?.volumes).toContainEqual(expect.objectContaining({ source: "/", bind }));
  });

  it("says of every container what the Pulumi program says", async () => {
    const registered = await register(everything);
    for (const { name, tmpfs } of services) {
      const theirs = registered.get(`docker:index/container:Container ${name}`)?.inputs as Record<
        string,
        never
      >;
      const ours = service(name);
      const environment = filledIn(ours.environment);
      const sockets = (ours.volumes ?? []).filter(({ source }) => source.endsWith("-socket"));
      expect({
        image: ours.image,
        name: ours.container_name,
        user: ours.user,
        groupAdds: ours.group_add,
        entrypoints: words(ours.entrypoint),
        command: words(ours.command),
        envs: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
        networks: Object.values(ours.networks ?? {}).map(({ ipv4_address, aliases }) => [
          ipv4_address,
          aliases,
        ]),
        ports: (ours.ports ?? []).map(({ target, published, host_ip }) => [
          target,
          Number(published),
          host_ip,
        ]),
        memory: [ours.mem_limit, ours.memswap_limit],
        cpuShares: ours.cpu_shares,
        readOnly: ours.read_only,
        capabilities: { drops: ours.cap_drop, ...(ours.cap_add ? { adds: ours.cap_add } : {}) },
        securityOpts: ours.security_opt.map((option) => option.replace(":unconfined", "=unconfined")),
        init: ours.init,
        restart: ours.restart,
        stop: [ours.stop_signal, ours.stop_grace_period],
        logging: ours.logging,
        healthcheck: {
          ...ours.healthcheck,
          test: words(ours.healthcheck?.test),
        },
        tmpfs: Object.fromEntries(
          (ours.tmpfs ?? []).map((mount) => mount.split(/:(.*)/).slice(0, 2) as [string, string]),
        ),
      }).toEqual(
        inComposeTerms(
          theirs,
          tmpfs.filter(({ path }) => sockets.some(({ target }) => target === path)),
        ),
      );
      expect(filledIn(ours.labels)).toMatchObject(labelsOf(theirs));
    }
  });

  it("limits processes, which the program's own provider does", () => {
    for (const { name, pids } of services) expect(service(name).pids_limit).toBe(pids);
  });

  it("starts what depends on a service when that is healthy, and its database users are made", () => {
    for (const { name, dependsOn, databaseUsers } of services) {
      const healthy = dependsOn.map((other) => [other, { condition: "service_healthy" }] as const);
      const made = databaseUsers.map(
        ({ server }) => [`${server}-users`, { condition: "service_completed_successfully" }] as const,
      );
      expect(service(name).depends_on ?? {}).toEqual(Object.fromEntries([...healthy, ...made]));
    }
    expect(service("postgres-db-users").depends_on).toEqual({
      "postgres-db": { condition: "service_healthy" },
    });
  });

  it("makes database users over the server's socket alone, which is memory that both share", () => {
    expect(service("postgres-db-users")).toMatchObject({
      network_mode: "none",
      user: service("postgres-db").user,
    });
    const shared = { type: "volume", source: "postgres-db-socket", target: "/var/run/postgresql" };
    for (const name of ["postgres-db", "postgres-db-users"])
      expect(service(name).volumes).toContainEqual(expect.objectContaining(shared));
    expect(compose.volumes["postgres-db-socket"]?.driver_opts).toMatchObject({ type: "tmpfs" });
  });

  it("keeps data volumes under the names that the stack has for them, whoever made them", () => {
    expect(compose.volumes["postgres-data"]).toMatchObject({ name: "postgres-data" });
    expect(JSON.stringify(compose.volumes)).not.toContain("MCP_ENVIRONMENT");
  });

  it("holds no secret, and names a variable for each", () => {
    expect(variables.map(({ name }) => name)).toEqual(["MCP_ENVIRONMENT", ...secrets.map(variableName)]);
    for (const secret of secrets) {
      const used = Object.values(files).some((text) => text.includes(`\${${variableName(secret)}`));
      expect({ secret, used }).toEqual({ secret, used: true });
    }
  });

  it("mounts folders of configuration that are beside it, and replaces containers for new ones", () => {
    for (const { name, configs = [] } of services) {
      for (const { path, files: own } of configs) {
        const mount = service(name).volumes?.find(({ target }) => target === path);
        expect(mount).toMatchObject({ type: "bind", read_only: true });
        for (const [file, text] of Object.entries(own))
          expect(files[`${mount?.source.replace("./", "")}/${file}`]).toBe(text);
      }
      expect(Boolean(service(name).labels?.["dev.mcp.configs"])).toBe(configs.length > 0);
    }
  });

  it("is YAML that says the same", () => {
    expect(parse(files["compose.yaml"] ?? "")).toEqual(JSON.parse(JSON.stringify(compose)));
  });

  it("passes `$` on as it is", () => {
    expect(interpolated(verbatim("echo $HOME $$ ${x}"), [])).toBe("echo $HOME $$ ${x}");
  });
});

interface Registered {
  image: string;
  name: string;
  user: string;
  groupAdds?: string[];
  entrypoints?: string[];
  command?: string[];
  envs: string[];
  labels: { label: string; value: string }[];
  networksAdvanced: { ipv4Address: string; aliases: string[] }[];
  ports: { internal: number; external: number; ip: string }[];
  memory: number;
  memorySwap: number;
  cpuShares: number;
  readOnly: boolean;
  capabilities: unknown;
  securityOpts: string[];
  init?: boolean;
  restart: string;
  stopSignal: string;
  stopTimeout: number;
  logDriver: string;
  logOpts: Record<string, string>;
  healthcheck: { tests: string[]; interval: string; timeout: string; startPeriod: string; retries: number };
  tmpfs: Record<string, string>;
}

/** What the program registers, in the words of the comparison; without the memory that became a shared volume. */
function inComposeTerms(theirs: Record<string, never>, shared: Service["tmpfs"]) {
  const container = theirs as unknown as Registered;
  const { healthcheck } = container;
  return {
    image: container.image,
    name: container.name,
    user: container.user,
    groupAdds: container.groupAdds,
    entrypoints: container.entrypoints,
    command: container.command,
    envs: container.envs,
    networks: container.networksAdvanced.map(({ ipv4Address, aliases }) => [ipv4Address, aliases]),
    ports: container.ports.map(({ internal, external, ip }) => [internal, external, ip]),
    memory: [`${container.memory}m`, `${container.memorySwap}m`],
    cpuShares: container.cpuShares,
    readOnly: container.readOnly,
    capabilities: container.capabilities,
    securityOpts: container.securityOpts,
    init: container.init,
    restart: container.restart,
    stop: [container.stopSignal, `${container.stopTimeout}s`],
    logging: { driver: container.logDriver, options: container.logOpts },
    healthcheck: {
      test: healthcheck.tests,
      interval: seconds(healthcheck.interval),
      timeout: seconds(healthcheck.timeout),
      start_period: seconds(healthcheck.startPeriod),
      retries: healthcheck.retries,
    },
    tmpfs: Object.fromEntries(
      Object.entries(container.tmpfs).filter(([path]) => !shared.some((mount) => mount.path === path)),
    ),
  };
}

/** `1m30s`, the provider's way of writing, as `90s`. */
function seconds(text: string): string {
  const [minutes = 0, rest = 0] =
    /^(?:(\d+)m)?(\d+)s$/
      .exec(text)
      ?.slice(1)
      .map((part) => Number(part ?? 0)) ?? [];
  const total = minutes * 60 + rest;
  expect(duration(total)).toBe(text);
  return `${total}s`;
}

function labelsOf(theirs: Record<string, never>): Record<string, string> {
  const { labels } = theirs as unknown as Registered;
  return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
}

it("has a service's own filter of system calls as a file, which Compose reads", () => {
  const { compose, files } = exported({ "mcp:system": "tekup" });
  const filtered = compose.services["mcp-browser"]?.security_opt.map((option) => option.split(":./"));
  const [, path = ""] = filtered?.find(([kind]) => kind === "seccomp") ?? [];
  expect(JSON.parse(files[path] ?? "")).toEqual(userNamespaces);
});

it("has servers that settings name packages for, with their secrets from .env", () => {
  const { compose, variables } = exported({
    "mcp:system": "tekup",
    "mcp:servers": JSON.stringify({ time: { pypi: "mcp-server-time==2026.10.19" } }),
    "mcp:serverSecrets": JSON.stringify({ time: { API_KEY: "correct-horse-battery" } }),
  });
  expect(compose.services["mcp-time"]).toMatchObject({
    image: "sha256:pypi:mcp-server-time==2026.10.19",
    environment: { HOSTED_VARIABLE_API_KEY: "${MCP_TIME_API_KEY:?is not set in .env}" },
  });
  expect(variables).toContainEqual({
    name: "MCP_TIME_API_KEY",
    given: "the stack's setting mcp:serverSecrets.time.API_KEY",
  });
  expect(JSON.stringify({ compose, variables })).not.toContain("correct-horse-battery");
});
