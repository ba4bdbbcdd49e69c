import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { policyPack } from "./support/policy-pack";
import { type PulumiResult, TestStack } from "./support/stack";

const nodeModules = join(dirname(require.resolve("@pulumi/pulumi/package.json")), "..", "..");

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.create();
});

afterAll(() => stack.remove());

/** `pulumi preview` under the policy pack, of the project's program or of another one. */
function preview(program?: string): Promise<PulumiResult> {
  const { args, env } = policyPack({ stack: stack.name, configFile: stack.configFile });
  Object.assign(stack.environment, env);
  return stack.pulumi("preview", ...args, ...(program ? ["-C", program] : []));
}

describe("a stack that a setting makes break a mandatory rule", () => {
  it("is refused with the service, the setting and the fix, before anything is made", async () => {
    stack.configure({ tiers: 3, kubeconfig: "/var/run/docker.sock" });
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /k8s-plugin, volumes: \/var\/run\/docker\.sock\..*CIS 5\.32.*Fix: leave the mount out/,
    );
    for (const kind of ["container", "network", "volume", "image"] as const)
      expect(await stack.onEngine(kind)).toEqual([]);
  });
});

describe("the policy pack", () => {
  it("lets the project's program pass, and warns of what is advised", async () => {
    stack.configure({
      imageSource: "registry",
      imageReferences: { mariadb: "registry.example.com/mariadb:11" },
    });
    const { code, output } = await preview();
    expect(output).toMatch(/\[advisory\] +upstream-by-digest-advised/);
    expect(output).toMatch(/mariadb, imageReferences\.mariadb: registry\.example\.com\/mariadb:11\. Fix: /);
    expect(output).not.toContain("[mandatory]");
    expect(code).toBe(0);
  });

  it("refuses another program what its own rules would, and lets an exception of the stack pass", async () => {
    const program = join(stack.folder, "program");
    mkdirSync(program);
    symlinkSync(nodeModules, join(program, "node_modules"));
    writeFileSync(
      join(program, "Pulumi.yaml"),
      "name: mcp\nmain: index.js\nruntime: {name: nodejs, options: {typescript: false}}\n",
    );
    writeFileSync(
      join(program, "index.js"),
      `const docker = require("@pulumi/docker");
       const network = new docker.Network("shop");
       new docker.Container("shop", {
         image: "nginx:latest", privileged: true, pidMode: "host", networksAdvanced: [{ name: network.id }],
       });`,
    );
    const exceptions = {
      shop: { "own-pid-namespace": { values: ["host"], reason: "It counts the host's processes." } },
    };
    stack.configure({ policies: { exceptions } });
    const { code, output } = await preview(program);
    expect(code).not.toBe(0);
    expect(output).toMatch(/\[mandatory\] +not-privileged /);
    expect(output).toMatch(/shop, privileged: true\. Fix: /);
    expect(output).toMatch(/shop, image: nginx:latest\. Fix: /);
    expect(output).toMatch(/\[mandatory\] +processes-limited /); // a rule about the stack as a whole
    expect(output).not.toContain("own-pid-namespace");
  });
});
