import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "deadman-"));

beforeAll(() =>
  buildSync({
    entryPoints: {
      main: join(__dirname, "../src/deadman.ts"),
      deadman: join(__dirname, "../src/deadman-thread.ts"),
    },
    outdir: folder,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program that may call `beat`, to its end. */
async function run(silenceMs: number, program: string) {
  const start = `const beat = require("./main.js").startDeadman(${silenceMs}); ${program}`;
  const child = spawn(process.execPath, ["-e", start], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, log };
}

test("a process that gives no more signs of life is ended, and says so", async () => {
  const { signal, log } = await run(400, "beat(); setInterval(() => {}, 1000)");
  expect(signal).toBe("SIGKILL");
  expect(JSON.parse(log)).toMatchObject({ level: "error", message: "no sign of life: ending" });
});

test("a process whose loop hangs is ended", async () => {
  expect(await run(400, "setTimeout(() => { for (;;); }, 100)")).toMatchObject({ signal: "SIGKILL" });
});

test("a process that gives them lives on, longer than it may be silent", async () => {
  const program = "let left = 100; setInterval(() => { beat(); if (--left === 0) process.exit(0); }, 30)";
  expect(await run(2000, program)).toEqual({ code: 0, signal: null, log: "" });
});
