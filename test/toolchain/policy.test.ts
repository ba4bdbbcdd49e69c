import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describeToolchain, environment } from "./bin";

const nodeModules = join(dirname(require.resolve("@pulumi/pulumi/package.json")), "..", "..");

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "toolchain-policy-"));
  symlinkSync(nodeModules, join(home, "node_modules"));
  write("program/Pulumi.yaml", "name: program\nmain: index.js\nruntime: {name: nodejs, options: {typescript: false}}\n");
  write(
    "program/index.js",
    `const { RandomInteger } = require("@pulumi/random");
     new RandomInteger("number", { min: 1, max: Number(process.env.MAX) });`,
  );
  write("policy/PulumiPolicy.yaml", "runtime: nodejs\nmain: index.ts\nversion: 1.0.0\n");
  write("policy/package.json", '{ "name": "limits", "version": "1.0.0", "main": "index.ts" }');
  write(
    "policy/index.ts",
    `import { PolicyPack } from "@pulumi/policy";
     new PolicyPack("limits", {
       policies: [{
         name: "small-numbers",
         description: "Numbers stay below 100.",
         enforcementLevel: "mandatory",
         validateResource: ({ props }, report) => {
           if (props.max >= 100) report(\`\${props.max} is too much\`);
         },
       }],
     });`,
  );
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), text);
}

function pulumi(max: number, ...args: string[]): { status: number | null; output: string } {
  const result = spawnSync("pulumi", [...args, "--non-interactive"], {
    cwd: join(home, "program"),
    encoding: "utf8",
    env: { ...environment(home), MAX: String(max) },
  });
  return { status: result.status, output: result.stdout + result.stderr };
}

describeToolchain("a policy pack", () => {
  beforeAll(() => {
    expect(pulumi(1, "stack", "init", "test")).toMatchObject({ status: 0 });
  });

  it("lets a preview pass that keeps to it", () => {
    const { status, output } = pulumi(99, "preview", "--policy-pack", "../policy");
    expect(output).toContain("limits@v1.0.0");
    expect(status).toBe(0);
  });

  it("fails a preview that breaks it, and says what breaks it", () => {
    const { status, output } = pulumi(100, "preview", "--policy-pack", "../policy");
    expect(output).toContain("100 is too much");
    expect(status).not.toBe(0);
  });
});
