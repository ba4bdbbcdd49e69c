import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../imaging/types";
import { gateway } from "./gateway/contenders";
import { startFixture } from "./gateway/fixture";
import { type Endpoint, inSession } from "./gateway/requests";
import { percentile } from "./statistics";

/** How a gateway is kept busy. */
export interface SoakGateway {
  /** For so many seconds, with a look at its memory in each. */
  runs: number;
  log: Log;
}

/** Clients at the same time. */
const clients = 16;

/** Memory may be so much larger in the last quarter of the time than in the second: an allocator's play, no leak. */
const play = 1.1;

/**
 * Opens and closes sessions with the gateway's image, one after the other from several clients, each with some calls; every
 * fourth is left open, as clients do that die. Gives a sentence for what failed, and one where memory grows on after what is
 * kept for speed has been filled.
 */
export async function soakGateway({ runs, log }: SoakGateway): Promise<string[]> {
  const fixture = await startFixture();
  const contender = await gateway("one")(fixture, log);
  if (!contender) throw new Error("the gateway's image can't be had");
  const memory: number[] = [];
  const failures: string[] = [];
  let sessions = 0;
  let ended = false;
  const client = async (endpoint: Endpoint) => {
    while (!ended) {
      sessions += 1;
      const closes = sessions % 4 !== 0;
      await inSession(endpoint, { calls: 3, closes }).catch((error: unknown) => {
        failures.push(String(error));
      });
    }
  };
  try {
    const endpoint = contender.endpoint("legacy")!;
    const working = Array.from({ length: clients }, () => client(endpoint));
    for (let run = 1; run <= runs; run += 1) {
      await sleep(1000);
      memory.push(contender.usage().memoryBytes / 2 ** 20);
      if (run % 30 === 0) log(`${run} s, ${sessions} sessions, ${memory.at(-1)?.toFixed(0)} MiB`);
    }
    ended = true;
    await Promise.all(working);
  } finally {
    ended = true;
    await contender.stop();
    await fixture.stop();
  }
  const quarter = (index: number) =>
    percentile(memory.slice((memory.length * index) / 4, (memory.length * (index + 1)) / 4), 0.5);
  const [early, late] = [quarter(1), quarter(3)];
  log(
    `${sessions} sessions; memory in the second quarter ${early.toFixed(0)} MiB, in the last ${late.toFixed(0)} MiB`,
  );
  if (late > early * play) failures.push(`memory grew from ${early.toFixed(0)} to ${late.toFixed(0)} MiB`);
  // The first few tell what is wrong; a gateway that is gone fails thousands.
  failures.slice(0, 10).forEach((failure) => log(failure));
  return failures;
}
