import { spawn } from "node:child_process";
import { once } from "node:events";
import { root } from "../cli/paths";
import { eachLine } from "../engine/lines";
import type { Log } from "../imaging/types";
import { type PulumiResult, type Settings, TestStack } from "../test/engine/support/stack";
import { randomFrom } from "./random";

/** How updates are killed again and again. */
export interface SoakKills {
  /** How often an update is killed. */
  runs: number;
  /** Decides what is killed and when: the same seed kills the same at the same lines. */
  seed: number;
  log: Log;
}

/** What is killed, and when. */
export interface Kill {
  command: "up" | "destroy";
  settings: Settings;
  /** Whether it is killed once Pulumi has printed this line, so many lines counted. */
  when: (line: string, count: number) => boolean;
}

/** The most lines after which a kill is still in the middle of an update of two tiers. */
const lines = { up: 30, destroy: 30, first: 90 };

/**
 * Kills updates of a stack at points that the seed decides: first ones from nothing, those that replace containers, and
 * destructions. After each, one repair and one update have to bring the stack back with its rows, and a preview has to be
 * empty. Gives a sentence for each kill that was not made good.
 */
export async function soakKills(stack: TestStack, { runs, seed, log }: SoakKills): Promise<string[]> {
  const random = randomFrom(seed);
  const failures: string[] = [];
  await stack.psql("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer");
  let access: "read" | "write" = "read";
  let down = false;
  for (let run = 1; run <= runs; run += 1) {
    const destroys = !down && random() < 0.3;
    if (!destroys) access = access === "read" ? "write" : "read";
    const most = destroys ? lines.destroy : down ? lines.first : lines.up;
    const command = destroys ? "destroy" : "up";
    const last = 1 + Math.floor(random() * most);
    const ended = await killed(stack, {
      command,
      settings: { services: { "postgres-mcp": { access }, "mariadb-mcp": { access } } },
      when: (_line, count) => count === last,
    });
    const what = `${run}: ${command}${down ? " from nothing" : ""} after line ${last}${ended ? " (it had ended)" : ""}`;
    const wrong = await madeGood(stack);
    log(`${what}: ${wrong ?? "made good"}`);
    if (wrong) failures.push(`${what}: ${wrong}`);
    // Every so often the next one begins from nothing.
    down = random() < 0.3;
    if (down) await stack.pulumi("destroy", "--yes", "--skip-preview");
  }
  return failures;
}

/** Starts an update and kills it, Pulumi alone: what it started goes on as it would. True where it ended before. */
export async function killed(stack: TestStack, { command, settings, when }: Kill): Promise<boolean> {
  stack.configure(settings);
  const args = [command, "--yes", "--skip-preview", "--stack", stack.name, "--config-file", stack.configFile];
  const update = spawn("pulumi", ["-C", root, ...args, "--non-interactive"], {
    env: { ...process.env, ...stack.environment },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let count = 0;
  eachLine(update.stdout, (line) => when(line, (count += 1)) && update.kill("SIGKILL"));
  const [, signal] = (await once(update, "exit")) as [number | null, string | null];
  return signal === null;
}

/** What of repair, update, rows and preview is not as it should be; undefined where all is. */
export async function madeGood(stack: TestStack): Promise<string | undefined> {
  const steps: [string, () => Promise<PulumiResult>][] = [
    ["repair", () => stack.command("repair", "--yes")],
    ["update", () => stack.pulumi("up", "--yes", "--skip-preview")],
    ["preview", () => stack.pulumi("preview", "--expect-no-changes")],
  ];
  for (const [name, step] of steps) {
    const { code, output } = await step();
    if (code !== 0) return `the ${name} failed:\n${output}`;
  }
  const rows = await stack.psql("SELECT answer FROM kept").catch((error: Error) => error.message);
  return rows === "42" ? undefined : `the rows are gone: ${rows}`;
}
