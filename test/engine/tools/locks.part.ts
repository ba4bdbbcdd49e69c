import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Part } from "../support/shared-stack";
import type { PulumiResult, TestStack } from "../support/stack";
import type { Tools } from "./stack";

function tests(tools: () => Tools) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = tools()));

  const folder = () => join(stack.folder, ".pulumi", "locks", "organization", "mcp", stack.name);
  const lock = (pid: number, host = hostname()) => {
    mkdirSync(folder(), { recursive: true });
    const content = { pid, hostname: host, username: "ann", timestamp: "2026-01-02T03:04:05Z" };
    writeFileSync(join(folder(), "lock.json"), JSON.stringify(content));
  };
  const repair = (...options: string[]): Promise<PulumiResult> => stack.command("repair", ...options);
  afterEach(() => rmSync(folder(), { recursive: true, force: true }));

  it("of a Pulumi that runs is never released", async () => {
    const program = join(stack.folder, "pulumi");
    copyFileSync("/bin/sleep", program);
    const alive: ChildProcess = spawn(program, ["600"]);
    try {
      lock(alive.pid ?? 0);
      const { code, output } = await repair("--yes", "--ended", `${alive.pid}@${hostname()}`);
      expect(code).toBe(1);
      expect(output).toMatch(/is running: process \d+[\s\S]*Nothing was changed/);
      expect(readdirSync(folder())).toEqual(["lock.json"]);
    } finally {
      alive.kill();
    }
  });

  it("of another machine is released when somebody says that its process ended", async () => {
    lock(42, "runner-7");
    const refused = await repair("--yes");
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/locked from another machine[\s\S]*--ended 42@runner-7/);
    const { code, output } = await repair("--yes", "--ended", "42@runner-7");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(readdirSync(folder())).toEqual([]);
  });

  it("that nobody holds is released, but not without being asked", async () => {
    lock(2 ** 22 + 1);
    const { code, output } = await repair();
    expect(code).toBe(1);
    expect(output).toMatch(/release the lock of process[\s\S]*Nothing was changed.*--yes/);
    const allowed = await repair("--yes");
    expect({ code: allowed.code, output: allowed.output }).toMatchObject({ code: 0 });
    expect(allowed.output).toMatch(/is repaired/);
    expect((await repair()).output).toMatch(/nothing to repair/);
  });
}

export const locks: Part<Tools> = { title: "locks that repair finds", tests };
