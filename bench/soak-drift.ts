import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../engine/docker";
import type { Log } from "../imaging/types";
import type { TestStack } from "../test/engine/support/stack";
import { randomFrom } from "./random";

/** How drift is put to the test. */
export interface SoakOptions {
  runs: number;
  /** Makes the same choices again. */
  seed: number;
  log: Log;
}

/** A run that told of a difference where there was none. */
export interface FalseAlarm {
  run: number;
  during: string;
  output: string;
}

/** Something that happens to a healthy cluster, from which it recovers by itself. */
interface Disturbance {
  name: string;
  happen: (stack: TestStack, services: readonly string[], random: () => number) => Promise<unknown>;
}

const servers = ["postgres-mcp", "mariadb-mcp", "python-experimental"];

const disturbances: Disturbance[] = [
  { name: "quiet", happen: () => Promise.resolve() },
  {
    name: "a restart of one service",
    happen: (stack, services, random) => docker(["restart", stack.containerName(pick(services, random))]),
  },
  {
    name: "a restart of all services",
    happen: (stack, services) => docker(["restart", ...services.map((name) => stack.containerName(name))]),
  },
  {
    name: "the end of a server's program",
    // Its own process 1 takes the signal, and the engine sees a program that ended by itself; the command may end with it.
    happen: (stack, _services, random) =>
      docker(["exec", stack.containerName(pick(servers, random)), "sh", "-c", "kill -TERM 1"]).catch(
        () => undefined,
      ),
  },
  {
    name: "load on the databases and the processor",
    happen: async (stack) => {
      const burn = "SELECT count(*) FROM generate_series(1, 2000000) AS a(n) WHERE n::text LIKE '%7%'";
      await Promise.all([stack.psql(burn), stack.psql(burn), stack.psql(burn)]);
    },
  },
];

/** The longest time between the beginning of a disturbance and that of the look at the cluster. */
const longestHeadStartMs = 3_000;

/** Looks at a healthy cluster again and again while things happen to it; gives the looks that found a difference. */
export async function soakDrift(stack: TestStack, { runs, seed, log }: SoakOptions): Promise<FalseAlarm[]> {
  const random = randomFrom(seed);
  const services = await serviceNames(stack);
  const alarms: FalseAlarm[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const { name, happen } = disturbances[run % disturbances.length] as Disturbance;
    const happened = happen(stack, services, random);
    await sleep(random() * longestHeadStartMs);
    const { code, output } = await stack.command("drift");
    await happened;
    log(
      `run ${run} of ${runs}, during ${name}: ${code === 0 ? "nothing found" : `exit code ${code}\n${output}`}`,
    );
    if (code !== 0) alarms.push({ run, during: name, output });
  }
  return alarms;
}

async function serviceNames(stack: TestStack): Promise<string[]> {
  const names = await stack.onEngine("container");
  return names.map((name) => name.slice(stack.prefix.length));
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T;
}
