import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { StackPolicies } from "../../../policy/evaluate";
import { underPolicies } from "../../../policy/guard";
import type { ContainerInputs } from "../../../policy/resource";
import { goodStack } from "./good";

const good = goodStack[0]?.inputs as unknown as ContainerInputs;
const only: StackPolicies = {
  system: "tekup",
  levels: { "processes-limited": "disabled", "address-in-tier": "disabled" },
  exceptions: [],
};

class Root extends pulumi.ComponentResource {
  constructor(container: Partial<docker.ContainerArgs>, options: pulumi.ComponentResourceOptions) {
    super("test:Root", "root", {}, options);
    new docker.Volume(
      "cache",
      { labels: [{ label: "dev.mcp.volume-kind", value: "cache" }] },
      { parent: this },
    );
    new docker.Container("shop", { ...good, ...container }, { parent: this });
  }
}

/** What the engine hears of a program that makes such a container under the rules, and what the program says. */
async function run(container: Partial<docker.ContainerArgs>, policies = only) {
  const heard: string[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      if (name !== "project-stack") heard.push(name); // the stack's own root, which is no resource of anybody's
      return { id: name, state: inputs as Record<string, unknown> };
    },
    call: () => ({}),
  });
  const warnings = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  let error: unknown;
  await pulumi.runtime.runInPulumiStack(async () => {
    try {
      underPolicies("dev", policies, (options) => new Root(container, options));
    } catch (thrown) {
      error = thrown;
      // As much time as what was held back would have needed.
      for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  if (error === undefined) await pulumi.runtime.disconnect();
  return { heard, error, warnings: warnings.mock.calls.map(([text]) => text) };
}

afterEach(() => jest.restoreAllMocks());

describe("a program under the rules", () => {
  it("registers everything where it keeps to them", async () => {
    const { heard, error, warnings } = await run({});
    expect(error).toBeUndefined();
    expect(heard).toEqual(expect.arrayContaining(["root", "cache", "shop"]));
    expect(warnings).toEqual([]);
  });

  it("registers nothing at all where it breaks a mandatory one, and says which, by what, and what mends it", async () => {
    const { heard, error } = await run({ privileged: true });
    expect(heard).toEqual([]);
    expect((error as Error).message).toMatch(
      /stack "dev" breaks rules.*nothing was changed[\s\S]*shop, privileged: true\..*not-privileged, CIS 5\.5.*Fix: leave/,
    );
  });

  it("registers nothing where an exception is not needed", async () => {
    const exceptions = [
      { service: "shop", rule: "not-privileged", values: ["true"], reason: "It once was." } as const,
    ];
    const { heard, error } = await run({}, { ...only, exceptions });
    expect(heard).toEqual([]);
    expect((error as Error).message).toMatch(/exception from not-privileged for true is not used/);
  });

  it("goes on with a warning where it breaks an advisory one", async () => {
    const { heard, error, warnings } = await run({
      ports: [{ internal: 80, external: 8080, ip: "192.0.2.1" }],
    });
    expect(error).toBeUndefined();
    expect(heard).toContain("shop");
    expect(warnings).toEqual([expect.stringMatching(/^shop, ports\.ip: 192\.0\.2\.1:8080\. /)]);
  });

  it("is not blamed for what others will give it", async () => {
    const image = pulumi.output(
      new Promise<string>((resolve) => setImmediate(() => resolve("nginx:latest"))),
    );
    expect((await run({ image, envs: [pulumi.interpolate`PASSWORD=${image}`] })).error).toBeUndefined();
  });
});
