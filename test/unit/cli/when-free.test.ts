import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { lockedWords, whenFree } from "../../../cli/when-free";

const stack = { stack: "dev" };
const nobody = 2 ** 22 + 1;

let folder: string;
let said: string[];
let heard: () => void;
const backend = process.env.PULUMI_BACKEND_URL;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "locks-"));
  mkdirSync(locks(), { recursive: true });
  process.env.PULUMI_BACKEND_URL = `file://${folder}`;
  process.env.CI = "true"; // lines, not a live list
  said = [];
  heard = () => undefined;
  jest.spyOn(console, "error").mockImplementation((line: string) => {
    said.push(line);
    if (line.includes("is in use by")) heard();
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  if (backend === undefined) delete process.env.PULUMI_BACKEND_URL;
  else process.env.PULUMI_BACKEND_URL = backend;
  rmSync(folder, { recursive: true });
});

const locks = () => join(folder, ".pulumi", "locks", "organization", "mcp", "dev");
const file = (pid: number) => join(locks(), `${pid}.json`);
function lock(pid: number, host = hostname()) {
  const timestamp = "2026-01-02T03:04:05Z";
  writeFileSync(file(pid), JSON.stringify({ pid, hostname: host, username: "ann", timestamp }));
}

/** A process that counts as Pulumi. */
async function runningPulumi(): Promise<ChildProcess & { pid: number }> {
  const program = join(folder, "pulumi");
  copyFileSync("/bin/sleep", program);
  const child = spawn(program, ["600"]);
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

const refusedBy = (pid: number, host = hostname()) => [
  `error: ${lockedWords} 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.`,
  `  s3://bucket/.pulumi/locks/organization/mcp/dev/1.json: created by ann@${host} (pid ${pid}) at 2026-01-02T03:04:05Z`,
];

/** Pulumi, as often as it is refused, and then not. */
function attempts(...refusals: string[][]) {
  const code = 7;
  const attempt = jest.fn(async () => {
    const refusal = refusals.shift();
    return refusal ? { code: 255, refusal } : { code, refusal: [] };
  });
  return { attempt, code };
}

describe("a command that changes a stack", () => {
  it("begins at once where nobody has the lock", async () => {
    const { attempt, code } = attempts();
    expect(await whenFree(stack, attempt)).toBe(code);
    expect(said).toEqual([]);
  });

  it("says who has the lock, and begins when it is released", async () => {
    const other = await runningPulumi();
    lock(other.pid);
    const isTold = new Promise<void>((resolve) => (heard = resolve));
    const freeAtStart: boolean[] = [];
    const done = whenFree(stack, async () => {
      freeAtStart.push(!existsSync(file(other.pid)));
      return { code: 0, refusal: [] };
    });
    await isTold;
    expect(freeAtStart).toEqual([]);
    expect(said.join("\n")).toMatch(
      new RegExp(`"dev" is in use by process ${other.pid} .*by ann, since 2026-01-02T03:04:05Z`),
    );
    rmSync(file(other.pid));
    expect(await done).toBe(0);
    expect(freeAtStart).toEqual([true]);
    other.kill();
  });

  it("names the command that releases the lock of a process that is no more, and does not begin", async () => {
    lock(nobody);
    const { attempt } = attempts();
    await expect(whenFree(stack, attempt)).rejects.toThrow(
      new RegExp(`"dev" is locked by process ${nobody} .*npm run repair\\. Nothing was changed`, "s"),
    );
    expect(attempt).not.toHaveBeenCalled();
  });

  it("does not begin where another machine has the lock, and says what to do once that has ended", async () => {
    lock(42, "runner-7");
    const { attempt } = attempts();
    await expect(whenFree(stack, attempt)).rejects.toThrow(
      /process 42 on runner-7, by ann[\s\S]*npm run repair -- --ended 42@runner-7/,
    );
    expect(attempt).not.toHaveBeenCalled();
  });

  it("tries again where somebody else was faster", async () => {
    const { attempt, code } = attempts(refusedBy(42, "runner-7"));
    expect(await whenFree(stack, attempt)).toBe(code);
    expect(attempt).toHaveBeenCalledTimes(2);
    expect(said).toEqual([]); // not Pulumi's advice
  });

  describe("of a stack whose locks only Pulumi's refusal tells", () => {
    beforeEach(() => (process.env.PULUMI_BACKEND_URL = "s3://bucket"));

    it("waits until that process ends", async () => {
      const other = await runningPulumi();
      heard = () => other.kill();
      const { attempt, code } = attempts(refusedBy(other.pid));
      expect(await whenFree(stack, attempt)).toBe(code);
      expect(said.join("\n")).toMatch(/is in use by process/);
    });

    it("gives up where a process that is no more has it still", async () => {
      const { attempt } = attempts(refusedBy(nobody), refusedBy(nobody), refusedBy(nobody));
      await expect(whenFree(stack, attempt)).rejects.toThrow(/npm run repair/);
    });
  });
});
