import { setTimeout as sleep } from "node:timers/promises";
import type { Topology } from "../../topology";
import { commandArguments, type Given, type Usage, UsageError } from "../arguments";
import { stackStatus } from "../operate/status/collect";
import { conclusion, statusText } from "../operate/status/text";
import type { StackStatus } from "../operate/status/types";
import { describeStack } from "../stack-file";

/** Between two looks of `--watch`. */
const watchEveryMs = 2_000;

const clearScreen = "\x1b[H\x1b[J";

type Flags = Given<typeof usage>;

/** What it takes. */
export const usage = {
  summary: "tells how each service of a stack is, and what mends the one that is not well",
  flags: {
    unhealthy: "only what is not well, with exit code 1 if there is any",
    json: "for scripts",
    watch: "looks again until it is interrupted",
  },
} as const satisfies Usage;

/**
 * `npm run status`: how every service of a stack is, and what mends the one that is not well. `--unhealthy` shows only
 * those, and ends with exit code 1 if there is any; `--json` is for scripts, `--watch` looks again until it is interrupted.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  if (given.watch && given.json)
    throw new UsageError("--watch is for people and --json for scripts; give one.");
  const { topology } = describeStack(given);
  if (given.watch && !process.stdout.isTTY) {
    console.error("--watch is for terminals: this is how it is once.");
    return once(given, topology);
  }
  if (given.watch) process.once("SIGINT", () => process.exit(0));
  while (given.watch) {
    const status = await stackStatus(given, topology);
    const lines = render(status, given);
    console.log(clearScreen + lines.join("\n"));
    await sleep(watchEveryMs);
  }
  return once(given, topology);
}

async function once(given: Flags, topology: Topology): Promise<number> {
  const status = await stackStatus(given, topology);
  console.log(render(status, given).join("\n"));
  return given.unhealthy && !status.healthy ? 1 : 0;
}

function render(status: StackStatus, { unhealthy, json }: Flags): string[] {
  const services = unhealthy ? status.services.filter(({ health }) => health !== "healthy") : status.services;
  const shown = { ...status, services };
  if (json) return [JSON.stringify(shown, undefined, 2)];
  return unhealthy && status.healthy ? [conclusion(status)] : statusText(shown);
}
