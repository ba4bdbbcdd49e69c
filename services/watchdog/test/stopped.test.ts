import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endIfStopped } from "../src/stopped";

const folder = mkdtempSync(join(tmpdir(), "stopped-"));
const program = join(folder, "program.js");
writeFileSync(program, 'process.stdout.write("up"); setInterval(() => {}, 1000);');
afterAll(() => rmSync(folder, { recursive: true }));

async function start(...words: string[]) {
  const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  return child;
}

test("a process that was stopped as a whole is ended; one that runs, and a health check, are not", async () => {
  const [main, check] = await Promise.all([start(), start("health")]);
  expect(endIfStopped(program)).toBe(false);
  check.kill("SIGSTOP");
  expect(endIfStopped(program)).toBe(false);
  main.kill("SIGSTOP");
  const ended = once(main, "exit");
  while (!endIfStopped(program)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(check.exitCode ?? check.signalCode).toBeNull();
  check.kill("SIGKILL");
});
