import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { underLoad } from "./support/load";
import { overHttp, type Session } from "./support/mcp";
import { freePort } from "./support/ports";
import { signalIfThere } from "./support/signal";
import { openTekup, TestStack } from "./support/stack";

// Containers are broken by their processes: what goes through the engine it takes for an operator's wish.
const describeWhereAvailable =
  process.getuid?.() === 0 && process.platform === "linux" ? describe : describe.skip;

const file = "/srv/workspace/a.txt";
const calls = [
  (session: Session) => session.call("search__search_code", { pattern: "needle" }),
  (session: Session) => session.call("filesystem__read_text_file", { path: file }),
];

describeWhereAvailable("under load, where each server is there twice", () => {
  let stack: TestStack;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/mcp`;
    stack = await TestStack.create({
      ...openTekup,
      services: {
        "mcp-search": { replicas: 2 },
        "mcp-filesystem": { replicas: 2 },
        "mcp-gateway": { publish: port },
      },
    });
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
  const breaks = {
    "is killed": async (services: string[]) => {
      const all = await Promise.all(services.map(mainProcess));
      for (const pid of all) process.kill(pid, "SIGKILL");
    },
    "runs out of memory": async (services: string[]) => {
      // The kernel ends what it finds most worth ending: the main process, and not the one that takes the memory.
      for (const service of services)
        writeFileSync(`/proc/${await mainProcess(service)}/oom_score_adj`, "1000");
      const hog = ["sh", "-c", "x=12345678; while :; do x=$x$x; done"];
      const names = services.map((service) => stack.containerName(service));
      await Promise.all(names.map((name) => docker(["exec", "--detach", name, ...hog])));
    },
    hangs: async (services: string[]) => {
      const all = await Promise.all(services.map(processes));
      // A health check's process may have come to its end by then.
      for (const pid of all.flat()) signalIfThere(pid, "SIGSTOP");
    },
  };
  const ways = Object.keys(breaks) as (keyof typeof breaks)[];

  /** Breaks containers while clients call, until they are healthy again; gives why calls failed. */
  async function failuresWhen(way: keyof typeof breaks, services: string[]): Promise<readonly string[]> {
    const look = () => Promise.all(services.map(async (service) => (await stack.container(service)).State));
    const before = await look();
    const load = await underLoad({ url, calls });
    try {
      await breaks[way](services);
      const anew = async () =>
        (await look()).every(
          ({ StartedAt, Health }, index) =>
            StartedAt !== before[index]?.StartedAt && Health?.Status === "healthy",
        );
      while (!(await anew())) await sleep(500);
      await load.more(20);
    } finally {
      await load.end();
    }
    console.info(
      `${services.join(", ")} ${way}: ${load.failures.length} of ${load.calls} calls failed`,
      load.failures.slice(0, 3),
    );
    return load.failures;
  }

  describe.each(ways)("what %s", (way) => {
    it("takes no call along: another of its kind has it, or it waits until one is there again", async () => {
      // Of what hangs nobody knows for a minute; so one of each kind is left then, and none otherwise.
      const further = way === "hangs" ? [] : ["mcp-search-2", "mcp-filesystem-2"];
      const watching = ["prometheus", "jaeger", "alertmanager", "cadvisor"];
      const services = ["mcp-search", "mcp-filesystem", "mcp-browser", ...further, ...watching];
      expect(await failuresWhen(way, services)).toEqual([]);
    });

    it("is back for its clients' sessions, where it is the gateway", async () => {
      // There is one of it: what is on it, and what comes while it is gone, fails.
      const failures = await failuresWhen(way, ["mcp-gateway"]);
      expect(
        failures.filter((why) => !/fetch failed|ECONN|socket|closed|timed out|502|503/i.test(why)),
      ).toEqual([]);
    });
  });

  it("and is what it was, at the end", async () => {
    expect(await stack.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
  });
});
