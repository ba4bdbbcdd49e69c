import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const loader = join(root, "loader", "register.cjs");

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "loader-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of its own from a folder, with an empty cache. */
function run(source: string, below = ".") {
  mkdirSync(join(folder, below), { recursive: true });
  const file = join(folder, below, "program.ts");
  writeFileSync(file, source);
  return node([file]);
}

function node(args: string[], variables: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, MCP_CACHE: join(folder, "cache"), ...variables };
  return spawnSync(process.execPath, ["--require", loader, ...args], { cwd: root, encoding: "utf8", env });
}

describe("the loader of the project's TypeScript", () => {
  it("runs what stands in the file, after every edit", () => {
    const program = (value: number) => `const value: number = ${value}; console.log(value);`;
    expect(run(program(1)).stdout).toBe("1\n");
    expect(run(program(1)).stdout).toBe("1\n");
    expect(run(program(2)).stdout).toBe("2\n");
    expect(run(program(1)).stdout).toBe("1\n");
  });

  it("names the file and the line of what is not TypeScript", () => {
    const { status, stderr } = run("const fine = 1;\nconst = 2;");
    expect(status).not.toBe(0);
    expect(stderr).toContain(`${join(folder, "program.ts")}:2:6`);
  });

  it("names the lines of the source in a stack trace, wherever the same program lies", () => {
    const program = [
      "interface Away { gone: true }",
      "",
      'const fail = (_: Away): void => { throw new Error("a defect"); };',
      "const call = async () => fail({ gone: true });",
      "call().catch((error: Error) => console.log(error.stack));",
    ].join("\n");
    for (const below of ["one", "other"]) {
      const file = join(folder, below, "program.ts");
      const lines = run(program, below).stdout.split("\n");
      expect(lines[0]).toBe("Error: a defect");
      expect(lines[1]).toContain(`(${file}:3:41)`);
      expect(lines[2]).toContain(`(${file}:4:`);
    }
    expect(readdirSync(join(folder, "cache", "transpiled"))).toHaveLength(1);
  });
});

describe("Pulumi's SDK under the loader", () => {
  /** What is printed by code that runs under the loader, with the SDK at hand. */
  const printed = (code: string, env: NodeJS.ProcessEnv = {}) => {
    const { stdout, stderr } = node(["-e", `const pulumi = require("@pulumi/pulumi"); ${code}`], env);
    return stdout || stderr;
  };

  it("comes without what neither the program nor the provider uses", () => {
    const parts = [
      "config/load.ts",
      "components/environment.ts",
      "policy/guard.ts",
      "@pulumi/pulumi/provider",
    ];
    const code = parts.map((part) => `require("${part.includes("@") ? part : `./${part}`}");`).join(" ");
    const files = printed(`${code} console.log(Object.keys(require.cache).join("\\n"));`);
    expect(files).toMatch(/@pulumi\/pulumi\/runtime\/resource\.js/);
    expect(files).not.toMatch(/\/(typescript|@npmcli\/arborist|execa|sdk-trace-base|exporter-zipkin)\//);
    expect(files).not.toMatch(/\/zod\/v4\/locales\/(?!en\.)/);
  });

  it("tells the engine of its debugging only where that is asked for, and always of what a user is to know", () => {
    const engine = "{ log: (request, answered) => { console.log(request.getMessage()); answered(); } }";
    const code =
      `require("@pulumi/pulumi/runtime/settings").getEngine = () => (${engine});` +
      'pulumi.log.debug("a detail"); pulumi.log.warn("a warning");';
    expect(printed(code)).toBe("a warning\n");
    expect(printed(code, { NODE_DEBUG: "pulumi" })).toBe("a detail\na warning\n");
  });

  it("comes with zod, which has its messages in all languages for whoever asks", () => {
    const code =
      'console.log(require("zod").z.locales.da().localeError({ code: "not_multiple_of", divisor: 2 }))';
    expect(printed(code)).toContain("2");
  });

  it("has all of it for whoever asks", () => {
    expect(printed("console.log(typeof pulumi.automation.LocalWorkspace.create)")).toBe("function\n");
    const closure = "pulumi.runtime.serializeFunction(() => 40 + 2).then(({ text }) => console.log(text))";
    expect(printed(closure)).toContain("40 + 2");
  });
});
