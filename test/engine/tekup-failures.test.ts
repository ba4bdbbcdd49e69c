import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { long, rounds, seeded, seededRandom, shuffled } from "../rounds";
import { type Fault, faults, mixedPlan } from "./support/faults";
import { underLoad } from "./support/load";
import { overHttp, type Session } from "./support/mcp";
import { freePort } from "./support/ports";
import { signalIfThere } from "./support/signal";
import { openTekup, type Settings, TestStack } from "./support/stack";

// Containers are broken by their processes: what goes through the engine it takes for an operator's wish.
const describeWhereAvailable =
  process.getuid?.() === 0 && process.platform === "linux" ? describe : describe.skip;

const file = "/srv/workspace/a.txt";
const calls = [
  (session: Session) => session.call("search__search_code", { pattern: "needle" }),
  (session: Session) => session.call("filesystem__read_text_file", { path: file }),
];

/** What is broken at the same moment, and how: again, in the next way, once it is back. */
type Broken = readonly [services: readonly string[], faults: readonly Fault[]];

const random = seededRandom();
const pairs = shuffled(["mcp-search", "mcp-filesystem"], random);
const watching = ["prometheus", "jaeger", "alertmanager", "cadvisor"];

/**
 * Servers in Node, one with Chromium, and programs in Go: each class is broken in every way. No replica is left for
 * what was on another, but beside one that hangs, as nobody knows of that for a while.
 */
function mixedRound([hanging = "", gone = ""]: string[]): Broken[] {
  const others = mixedPlan({ browser: ["mcp-browser"], watching }, random);
  return [
    [[hanging], ["hangs"]],
    [[gone, `${gone}-2`], shuffled(["is killed", "runs out of memory"], random)],
    ...[...others].map(([service, planned]): Broken => [[service], planned]),
  ];
}

/** The same for all at the same moment. */
function wholeRound(fault: Fault): Broken[] {
  const further = fault === "hangs" ? [] : ["mcp-search-2", "mcp-filesystem-2"];
  return [[["mcp-search", "mcp-filesystem", "mcp-browser", ...further, ...watching], [fault]]];
}

const mixed = mixedRound(pairs);
/** There is one of it. */
const gatewayRound: Broken[] = [[["mcp-gateway"], shuffled(faults, random)]];

describeWhereAvailable(seeded("under load, where each server is there twice"), () => {
  let stack: TestStack;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/mcp`;
    // What hangs is found by its check: soon here, however long a start takes; in the long form as users have it.
    const probe = long ? {} : { interval: 2, timeout: 3, retries: 3, startPeriod: 300 };
    const hanging = [...mixed, ...gatewayRound].flatMap(([services, planned]) =>
      planned.includes("hangs") ? services : [],
    );
    const settings: Record<string, Settings> = {
      "mcp-search": { replicas: 2 },
      "mcp-filesystem": { replicas: 2 },
      "mcp-gateway": { publish: port },
    };
    for (const service of hanging) settings[service] = { ...settings[service], probe };
    // However slowly this machine starts one again: how long a call waits is a test of the gateway's own.
    const gateway = { absenceSeconds: 600 };
    stack = await TestStack.create({ ...openTekup, gateway, services: settings });
    await stack.up();
    await overHttp(url, async (session) => {
      const written = await session.call("filesystem__write_file", { path: file, content: "a needle\n" });
      expect(written.isError).toBe(false);
    });
  });
  afterAll(() => stack.remove());

  const mainProcess = async (service: string) => (await stack.container(service)).State.Pid;

  /** All of a container's processes, as the machine numbers them. */
  async function processes(service: string): Promise<number[]> {
    const top = await docker(["top", stack.containerName(service), "-o", "pid"]);
    return top.split("\n").map(Number).filter(Boolean);
  }

  // All at the same moment, so that no replica is left for what was on another.
  const breaks: Record<Fault, (services: readonly string[]) => Promise<unknown>> = {
    "is killed": async (services) => {
      const all = await Promise.all(services.map(mainProcess));
      for (const pid of all) process.kill(pid, "SIGKILL");
    },
    "runs out of memory": async (services) => {
      // The kernel ends what it finds most worth ending: the main process, and not the one that takes the memory.
      for (const service of services)
        writeFileSync(`/proc/${await mainProcess(service)}/oom_score_adj`, "1000");
      const hog = ["sh", "-c", "x=12345678; while :; do x=$x$x; done"];
      const names = services.map((service) => stack.containerName(service));
      await Promise.all(names.map((name) => docker(["exec", "--detach", name, ...hog])));
    },
    hangs: async (services) => {
      const all = await Promise.all(services.map(processes));
      // A health check's process may have come to its end by then.
      for (const pid of all.flat()) signalIfThere(pid, "SIGSTOP");
    },
  };

  const look = (services: readonly string[]) =>
    Promise.all(services.map(async (service) => (await stack.container(service)).State));

  /** Breaks containers while clients call, until they are healthy again; gives why calls failed. */
  async function failuresWhen(round: readonly Broken[]): Promise<readonly string[]> {
    const load = await underLoad({ url, calls });
    const breakAndWait = async ([services, planned]: Broken) => {
      for (const fault of planned) {
        const before = await look(services);
        await breaks[fault](services);
        const anew = async () =>
          (await look(services)).every(
            ({ StartedAt, Health }, index) =>
              StartedAt !== before[index]?.StartedAt && Health?.Status === "healthy",
          );
        while (!(await anew())) await sleep(500);
        await load.more(20);
      }
    };
    try {
      await Promise.all(round.map(breakAndWait));
    } finally {
      await load.end();
    }
    const what = round.map(([services, planned]) => `${services.join(", ")} ${planned.join(", then ")}`);
    console.info(
      `${what.join("; ")}: ${load.failures.length} of ${load.calls} calls failed`,
      load.failures.slice(0, 3),
    );
    return load.failures;
  }

  it.each([
    ["each is broken in its own way", mixed] as const,
    ...rounds(faults, 0).map((fault) => [`each ${fault}`, wholeRound(fault)] as const),
  ])(
    "servers and what watches them take no call along, when %s: another has it, or it waits until one is there again",
    async (_, round) => {
      expect(await failuresWhen(round)).toEqual([]);
    },
  );

  it("the gateway is back for its clients' sessions, in whatever way it is broken", async () => {
    // What is on it, and what comes while it is gone, fails.
    const failures = await failuresWhen(gatewayRound);
    expect(
      failures.filter((why) => !/fetch failed|ECONN|socket|closed|timed out|502|503/i.test(why)),
    ).toEqual([]);
  });

  it("and is what it was, at the end", async () => {
    expect(await stack.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
  });
});
