import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const loader = join(__dirname, "..", "..", "..", "loader", "register.cjs");

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "loader-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(source: string) {
  const file = join(folder, "program.ts");
  writeFileSync(file, source);
  return spawnSync(process.execPath, ["--require", loader, file], { encoding: "utf8" });
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
    expect(stderr).toMatch(/program\.ts:2:6/);
  });
});
