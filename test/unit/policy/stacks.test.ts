import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { stackPolicyReport } from "../../../cli/policies";
import { describeStack, stackNames } from "../../../cli/stack-file";
import { breachesOf } from "../../../policy/evaluate";
import { projectExceptions } from "../../../policy/exceptions";
import { registeredOnMocks } from "../../../policy/on-mocks";
import { rules } from "../../../policy/rules";

// What an image is by content is the business of imaging/ and its own tests.
jest.mock("../../../imaging/key", () => ({ imageKey: () => "0123456789abcdef" }));

const folder = mkdtempSync(join(tmpdir(), "policies-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A stack of such settings, as the project's commands are told of one. */
function stackOf(settings: Record<string, unknown>) {
  const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`mcp:${key}`, value]));
  const configFile = join(folder, "Pulumi.test.yaml");
  writeFileSync(configFile, stringify({ config: { "mcp:system": "devcontainer", ...config } }));
  return { stack: "test", configFile };
}

const runner = { runner: { url: "https://github.com/acme/shop" }, runnerToken: { secure: "v1:sealed" } };
const sources = ["registry", "build"] as const;

describe.each(stackNames())("the stack %s", (stack) => {
  it.each(sources)("keeps to its rules, with images from the source %s", async (source) => {
    expect(await stackPolicyReport({ stack }, source)).toEqual({ refused: [], advised: [] });
  });
});

describe("a stack", () => {
  it("with all that it can have keeps to the rules", async () => {
    const provided = {
      databasePasswords: "provided",
      postgresPassword: { secure: "v1:sealed" },
      mariadbPassword: { secure: "v1:sealed" },
      alertWebhook: { secure: "v1:sealed" },
    };
    const stack = stackOf({ ...runner, ...provided, kubeconfig: "/home/me/.kube/config" });
    expect(await stackPolicyReport(stack, "registry")).toEqual({ refused: [], advised: [] });
  });

  it("is refused what a setting opens, unless its settings say why", async () => {
    const kubeconfig = "/etc/rancher/k3s/k3s.yaml";
    expect((await stackPolicyReport(stackOf({ kubeconfig }), "registry")).refused).toEqual([
      expect.stringMatching(
        /^test: k8s-plugin, volumes: \/etc\/rancher\/k3s\/k3s\.yaml\. .*no-sensitive-host-folders/,
      ),
    ]);
    const exceptions = {
      "k8s-plugin": {
        "no-sensitive-host-folders": { values: [kubeconfig], reason: "The cluster's own file." },
      },
    };
    const excepted = stackOf({ kubeconfig, policies: { exceptions } });
    expect((await stackPolicyReport(excepted, "registry")).refused).toEqual([]);
  });

  it.each([
    ["the engine's socket as kubeconfig", { kubeconfig: "/var/run/docker.sock" }, /no-engine-socket/],
    ["the whole host as the project's folder", { projectFolder: "/" }, /devcontainer, volumes: \/\. /],
  ])("is refused %s", async (_, settings, message) => {
    const { refused } = await stackPolicyReport(stackOf(settings), "registry");
    expect(refused).toContainEqual(expect.stringMatching(message));
  });

  it("is warned of an image whose tag moves, once, and refused it in production", async () => {
    const imageReferences = { nginx: "registry.example.com/nginx:1.30" };
    const { refused, advised } = await stackPolicyReport(stackOf({ imageReferences }), "registry");
    expect(refused).toEqual([]);
    expect(advised).toEqual([
      expect.stringMatching(/imageReferences\.nginx: registry\.example\.com\/nginx:1\.30\. /),
    ]);
    const levels = describeStack({ stack: "prod" }, "registry").settings.policies?.levels;
    const production = await stackPolicyReport(
      stackOf({ imageReferences, policies: { levels } }),
      "registry",
    );
    expect(production).toEqual({ refused: advised, advised: [] });
  });
});

describe("the project's exceptions", () => {
  it("are for services that there are, and each value of each is needed", async () => {
    const needed: string[] = [];
    for (const [system, settings] of [
      ["devcontainer", runner],
      ["tekup", {}],
    ] as const) {
      const stack = stackOf({ system, ...settings });
      const resources = await registeredOnMocks(describeStack(stack, "registry"));
      for (const rule of rules)
        for (const { service, value } of breachesOf(rule, { system, resources }))
          needed.push(`${service} ${rule.id} ${value}`);
    }
    const excepted = projectExceptions.flatMap(({ service, rule, values }) =>
      values.map((value) => `${service} ${rule} ${value}`),
    );
    expect(excepted.sort()).toEqual([...new Set(needed)].sort());
  });
});
