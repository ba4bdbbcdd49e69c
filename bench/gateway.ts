import { cpus, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../imaging/types";
import { type Contender, direct, gateway, nginx, node, type Start } from "./gateway/contenders";
import { startFixture } from "./gateway/fixture";
import { contextForge, fastmcp, mcpProxy } from "./gateway/peers";
import { load, needLoadGenerator, type Outcome } from "./gateway/load";
import { gatewayTable, type Goal, goalTable, type Measured } from "./gateway/report";
import { calls, checkAnswers, type Era, type Request } from "./gateway/requests";
import type { BenchOptions } from "./options";
import { percentile } from "./statistics";
import type { Row } from "./table";

const eras: Era[] = ["modern", "legacy"];
const concurrencies = [1, 4, 16, 64, 256];

/** What a goal of throughput and one of latency are looked at with. */
const busy = 64;

/** So many calls are looked at one by one before anything is measured. */
const sample = 64;

/** Mean pause of a connection at half load, so long that a call's own time hardly counts beside it. */
const pauseMs = 20;

/** Who is compared: ours by both of its paths, and with more than one process. */
const starts: Start[] = [
  direct,
  nginx,
  node,
  gateway("one"),
  gateway("all"),
  gateway("one", 2),
  gateway("all", 2),
  fastmcp,
  contextForge,
  mcpProxy,
];

/** Who has nothing to do uses less than so much of a processor. */
const idleShare = 0.05;
const idleLookMs = 200;

/** So often it is looked whether all have come to rest: a minute and a half. */
const mostIdleLooks = 450;

/** What is sent to one contender in one era, and what became of it, by concurrency. */
interface Lane {
  contender: Contender;
  era: Era;
  requests: Request[];
  samples: Map<number, Sample[]>;
}

interface Sample extends Outcome {
  /** Processor time for each request, in microseconds. */
  cpu: number;
}

/**
 * Calls of a tool through the gateway, beside nginx as a plain reverse proxy and other MCP gateways: all in front of the same
 * server, which is fast enough to hide none of them, with the same load, in turns.
 */
export async function benchGateway({ rounds, seconds = 3, log }: BenchOptions): Promise<Row[]> {
  needLoadGenerator();
  const fixture = await startFixture();
  const contenders: Contender[] = [];
  try {
    for (const start of starts) {
      const contender = await start(fixture, log);
      if (contender) contenders.push(contender);
    }
    const lanes = await readyLanes(contenders, log);
    for (let round = 0; round < rounds; round += 1) {
      log(`round ${round + 1} of ${rounds}, load of the machine ${loadavg()[0]?.toFixed(1)}`);
      // Whoever has the first turn changes: it finds the machine as the one before left it.
      const order = [...lanes.slice(round % lanes.length), ...lanes.slice(0, round % lanes.length)];
      for (const concurrent of concurrencies) {
        for (const lane of order) {
          await atRest(contenders);
          await measure(lane, { concurrent, seconds });
        }
      }
    }
    await atRest(contenders);
    const late = await halfLoad(lanes, seconds * rounds);
    const lost = await reloads(lanes, seconds * rounds);
    console.log(`\n${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version} for the bench\n`);
    for (const era of eras) console.log(`${gatewayTable(era, measuredIn(lanes, era))}\n`);
    console.log(`${goalTable([...eras.flatMap((era) => throughputGoals(lanes, era)), ...late, ...lost])}\n`);
  } finally {
    for (const contender of contenders.reverse()) await contender.stop();
    await fixture.stop();
  }
  return [];
}

/**
 * Waits until nobody works any more: a slow one goes on for long with calls whose client has gone, and would take the
 * processor from whoever is next.
 */
async function atRest(contenders: readonly Contender[]): Promise<void> {
  const used = () => contenders.reduce((sum, contender) => sum + contender.usage().cpuSeconds, 0);
  let before = used();
  for (let looks = 0; looks < mostIdleLooks; looks += 1) {
    await sleep(idleLookMs);
    const now = used();
    if (now - before <= (idleShare * contenders.length * idleLookMs) / 1000) return;
    before = now;
  }
}

async function readyLanes(contenders: readonly Contender[], log: Log): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (const contender of contenders) {
    for (const era of eras) {
      const endpoint = contender.endpoint(era);
      if (!endpoint) continue;
      const requests = await calls(endpoint, era);
      await checkAnswers(requests.slice(0, sample), 16);
      await load(requests, { concurrent: 16, seconds: 1 }); // compiles what is compiled when it is used
      lanes.push({ contender, era, requests, samples: new Map() });
      log(`${contender.name} serves the ${era} era: each of ${sample} calls got its own payload`);
    }
  }
  return lanes;
}

async function measure(
  { contender, requests, samples }: Lane,
  { concurrent, seconds }: { concurrent: number; seconds: number },
): Promise<void> {
  const before = contender.usage().cpuSeconds;
  const outcome = await load(requests, { concurrent, seconds });
  // Who answers nothing in that time has no time for each.
  const used = (contender.usage().cpuSeconds - before) * 1e6;
  const cpu = outcome.requests > 0 ? used / outcome.requests : 0;
  samples.set(concurrent, [...(samples.get(concurrent) ?? []), { ...outcome, cpu }]);
}

function measuredIn(lanes: readonly Lane[], era: Era): Measured[] {
  return lanes
    .filter((lane) => lane.era === era)
    .map(({ contender, samples }) => ({
      name: contender.name,
      memoryBytes: contender.usage().memoryBytes,
      at: new Map(concurrencies.map((concurrent) => [concurrent, median(samples.get(concurrent) ?? [])])),
    }));
}

function median(samples: readonly Sample[]): Sample {
  const of = (key: keyof Sample) =>
    percentile(
      samples.map((sample) => sample[key]),
      0.5,
    );
  return {
    requests: of("requests"),
    rate: of("rate"),
    p50: of("p50"),
    p99: of("p99"),
    cpu: of("cpu"),
    failed: samples.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const isOurs = ({ name }: { name: string }) => name.startsWith("gateway");

function throughputGoals(lanes: readonly Lane[], era: Era): Goal[] {
  const measured = measuredIn(lanes, era);
  const rate = (one: Measured | undefined) => one?.at.get(busy)?.rate ?? NaN;
  const best = Math.max(...measured.filter(isOurs).map(rate));
  const proxy = rate(measured.find(({ name }) => name === "nginx"));
  const bare = measured.find(({ name }) => name.endsWith("in Node"));
  const peers = measured.filter(
    (other) => !isOurs(other) && other !== bare && !["direct", "nginx"].includes(other.name),
  );
  const fastest = peers.sort((a, b) => rate(b) - rate(a))[0];
  const what = `${era}, ${busy} concurrent: calls in a second`;
  return [
    { what, ours: best, goal: `≥ 0.8 of nginx's ${proxy.toFixed(0)}`, met: best >= 0.8 * proxy },
    ...(fastest
      ? [
          {
            what,
            ours: best,
            goal: `> ${fastest.name}'s ${rate(fastest).toFixed(0)}`,
            met: best > rate(fastest),
          },
        ]
      : []),
    {
      what: `${era}: calls that failed`,
      ours: measured
        .filter(isOurs)
        .reduce((sum, { at }) => sum + [...at.values()].reduce((n, s) => n + s.failed, 0), 0),
      goal: "0",
      met: measured.filter(isOurs).every(({ at }) => [...at.values()].every(({ failed }) => failed === 0)),
    },
  ];
}

/** Calls that are lost while the gateway takes one configuration after the other over. */
async function reloads(lanes: readonly Lane[], seconds: number): Promise<Goal[]> {
  const goals: Goal[] = [];
  for (const era of eras) {
    const ours = lanes.find((lane) => lane.era === era && lane.contender.reload);
    if (!ours) continue;
    let [count, ended] = [0, false];
    const reloading = async () => {
      while (!ended) {
        await ours.contender.reload?.();
        count += 1;
      }
    };
    const done = reloading();
    const { requests, failed } = await load(ours.requests, { concurrent: 16, seconds });
    ended = true;
    await done;
    const what = `${era}: of ${requests} calls during ${count} reloads, lost`;
    goals.push({ what, ours: failed, goal: "0", met: failed === 0 && count > 0 });
  }
  return goals;
}

/** Latency at half of what the gateway can do, over that of the server called directly at the same rate. */
async function halfLoad(lanes: readonly Lane[], seconds: number): Promise<Goal[]> {
  const goals: Goal[] = [];
  const passing = lanes.filter(({ contender }) => isOurs(contender) && contender.name.includes("/mcp/NAME"));
  for (const ours of passing) {
    const { era, contender } = ours;
    const bare = lanes.find((lane) => lane.era === era && lane.contender.name === "direct");
    if (!bare) continue;
    const rate = median(ours.samples.get(busy) ?? []).rate / 2;
    const paced = { concurrent: Math.max(1, Math.round((rate * pauseMs) / 1000)), seconds, pauseMs };
    const [through, without] = [await load(ours.requests, paced), await load(bare.requests, paced)];
    goals.push({
      what: `${era}, ${contender.name}, half load (${through.rate.toFixed(0)}/s): p99 over direct's ${without.p99.toFixed(2)}, ms`,
      ours: through.p99 - without.p99,
      goal: "≤ 1",
      met: through.p99 - without.p99 <= 1,
    });
  }
  return goals;
}
