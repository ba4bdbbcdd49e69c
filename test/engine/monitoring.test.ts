import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeStack } from "../../cli/stack-file";
import { docker } from "../../engine/docker";
import { dashboardsOf } from "../../observability/dashboards";
import { scrapeInterval } from "../../observability/prometheus";
import type { Topology } from "../../topology";
import { overHttp, type Session } from "./support/mcp";
import { freePort } from "./support/ports";
import { Monitoring } from "./support/prometheus";
import { TestStack } from "./support/stack";

/** A folder that the host's users may look into, as exporters are not root. */
const folder = mkdtempSync(join(tmpdir(), "monitoring-"));
chmodSync(folder, 0o755);

/** A file system of the host's that may be filled; only root can make one. */
const disk = join(folder, "disk");
const mayMount = process.platform === "linux" && process.getuid?.() === 0;

/** A file of the host's that a health check reads: where it is spoilt, restarts don't help. */
const kubeconfig = join(folder, "kubeconfig");

const services = {
  "k8s-plugin": { probe: { command: ["CMD", "test", "-s", "/kube/config"], interval: 1, retries: 2 } },
  // Checks in a container that is nearly out of memory may fail, and a restart would empty it.
  devcontainer: { memory: "256m", probe: { command: ["CMD", "true"], retries: 20 } },
};

let stack: TestStack;
let topology: Topology;
let monitoring: Monitoring;
let endpoints: Record<string, { http: string }>;

beforeAll(async () => {
  writeFileSync(kubeconfig, "{}\n");
  mkdirSync(disk);
  // Before the containers: a host that shares no mounts shows them none that come later.
  if (mayMount) execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "monitoring-test", disk]);
  const publish = await freePort();
  stack = await TestStack.create({
    tiers: 5,
    projectFolder: folder,
    kubeconfig,
    services: { ...services, nginx: { publish } },
  });
  ({ topology } = describeStack({ stack: stack.name, configFile: stack.configFile }));
  await stack.up();
  const { output } = await stack.pulumi("stack", "output", "--json");
  endpoints = (JSON.parse(output) as { servers: typeof endpoints }).servers;
  monitoring = await Monitoring.of(stack, publish);
  await monitoring.scrape();
});

afterAll(async () => {
  await stack.remove();
  if (mayMount) execFileSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

/** Has a session with an MCP server, as a user's client has. */
function session<T>(server: string, use: (session: Session) => Promise<T>): Promise<T> {
  return overHttp(endpoints[server]?.http ?? "", use);
}

describe("the web entry", () => {
  it.each(["/", "/dashboards/", "/prometheus/", "/alertmanager/"])(
    "shows %s to whoever has the password, and to nobody else",
    async (path) => {
      expect((await monitoring.page(path)).status).toBe(200);
      expect((await monitoring.page(path, "")).status).toBe(401);
      expect((await monitoring.page(path, "another password")).status).toBe(401);
    },
  );
});

describe("Prometheus", () => {
  it("reads the metrics of every service that has some", async () => {
    const targets = await monitoring.targets();
    const measured = topology.tiers.flatMap((tier) => tier.services).filter(({ metrics }) => metrics);
    expect(targets.map(({ labels }) => labels.service).sort()).toEqual(
      measured.map(({ name }) => name).sort(),
    );
    expect(targets.filter(({ health }) => health !== "up")).toEqual([]);
  });
});

describe("drift of the whole cluster", () => {
  it("is none, and Prometheus is told so", async () => {
    let { code, output } = await stack.command("drift", "--publish");
    // A machine that is busy enough has containers killed for memory, or late; what stays is a difference.
    if (code !== 0) {
      console.warn(output);
      ({ code, output } = await stack.command("drift", "--publish"));
    }
    expect(output).toBe(`${stack.name}: as it should be.\n`);
    expect(code).toBe(0);
    await monitoring.scrape();
    const [told] = await monitoring.query("mcp_drift_told");
    expect(told).toMatchObject({ metric: { stack: stack.name }, value: [expect.anything(), "1"] });
    expect(await monitoring.query("mcp_drift_differences > 0")).toEqual([]);
  });
});

describe("dashboards", () => {
  /** A call that each server answers, and one that fails. */
  const calls: Record<string, [tool: string, fine: object, wrong: object]> = {
    "postgres-mcp": ["query", { sql: "SELECT 1" }, { sql: "SELECT nothing" }],
    "mariadb-mcp": ["query", { sql: "SELECT 1" }, { sql: "SELECT nothing" }],
    "python-experimental": ["run_python", { code: "1 + 1" }, { code: "1 / 0" }],
  };

  beforeAll(async () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(endpoints).sort());
    for (const [name, [tool, fine, wrong]] of Object.entries(calls))
      await session(name, async (server) => {
        expect(await server.call(tool, { ...fine })).toMatchObject({ isError: false });
        expect(await server.call(tool, { ...wrong })).toMatchObject({ isError: true });
      });
    // A rate takes two samples.
    await monitoring.scrape();
    await monitoring.scrape();
  });

  it("show something in every panel", async () => {
    // What Grafana and Perses put in place of the variable where a short time is looked at.
    const rateInterval = `${4 * Number.parseInt(scrapeInterval)}s`;
    const empty: string[] = [];
    const times: number[] = [];
    for (const dashboard of dashboardsOf(topology.tiers))
      for (const { title, queries } of dashboard.rows.flatMap(({ panels }) => panels))
        for (const { expr } of queries) {
          const start = performance.now();
          const series = await monitoring.query(expr.replaceAll("$__rate_interval", rateInterval));
          times.push(performance.now() - start);
          if (series.length === 0) empty.push(`${dashboard.title} / ${title}: ${expr}`);
        }
    const p95 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)];
    console.info(`${times.length} queries of dashboards, 95 of 100 within ${p95?.toFixed(1)} ms`);
    expect(empty).toEqual([]);
  });
});

/** What goes wrong, side by side; the tests then wait for what is told of it. */
describe("an alert", () => {
  const name = (service: string) => stack.containerName(service);
  let begun: number;

  beforeAll(async () => {
    begun = Date.now();
    writeFileSync(kubeconfig, "");
    await docker(["exec", name("devcontainer"), "dd", "if=/dev/zero", "of=/tmp/full", "bs=1M", "count=236"]);
    if (mayMount) writeFileSync(join(disk, "full"), Buffer.alloc(58 * 2 ** 20));
    await endMainProcess("postgres-exporter");
    await endMainProcess("postgres-exporter");
    await docker(["stop", name("mariadb")]);
    await session("postgres-mcp", async (server) => {
      for (let round = 0; round < 15; round += 1) {
        await server.call("query", { sql: "SELECT pg_sleep(0.7)" });
        await server.call("query", { sql: "SELECT nothing" });
      }
    });
    expect(await stack.command("drift", "--publish", "--settle", "0")).toMatchObject({ code: 2 });
  });

  /** Ends a container's program, as a fault of its own would, and waits until the engine has started it again. */
  async function endMainProcess(service: string): Promise<void> {
    const { StartedAt: before } = (await stack.container(service)).State;
    await docker(["exec", name(service), "sh", "-c", "kill -TERM 1"]);
    for (;;) {
      const { StartedAt, Status } = (await stack.container(service)).State;
      if (StartedAt !== before && Status === "running") return;
      await sleep(100);
    }
  }

  it.each([
    ["ContainerRestarting", "a program that ended twice", { service: "postgres-exporter", tier: "4" }],
    ["ContainerUnhealthy", "a health check that restarts don't mend", { service: "k8s-plugin", tier: "3" }],
    ["ContainerNearMemoryLimit", "a container that is nearly full", { service: "devcontainer", tier: "5" }],
    ...(mayMount ? [["DiskFilling", "a disk that is nearly full", { mountpoint: disk }] as const] : []),
    ["ContainerDown", "a database that was stopped", { service: "mariadb", tier: "1" }],
    ["DatabaseDown", "a database that does not answer", { service: "mariadb", tier: "1" }],
    ["StackDrift", "a stack that is not what it is said to be", { kind: "container" }],
    ["McpErrorRate", "an MCP server half of whose calls fail", { service: "postgres-mcp", tier: "2" }],
    ["McpLatency", "an MCP server half of whose calls are slow", { service: "postgres-mcp", tier: "2" }],
  ] as const)("%s tells of %s", async (alert, _cause, labels) => {
    const { status, startsAt } = await monitoring.alert(alert, labels);
    console.info(`${alert}: ${(Date.parse(startsAt) - begun) / 1000} s after the first fault`);
    expect(status.state).toBe("active");
  });

  it("that only follows from another one is held back", async () => {
    const { status } = await monitoring.alert("ContainerUnhealthy", { service: "mariadb-mcp" });
    expect(status.state).toBe("suppressed");
  });

  it("is not all that comes of an unhealthy container: the watchdog restarts it, logs why, and counts it", async () => {
    const lines: string[] = [];
    await docker(["logs", name("watchdog")], { onLine: (line) => lines.push(line) });
    expect(lines.filter((line) => line.includes(name("k8s-plugin"))).join("\n")).toMatch(/"restarted"/);
    const [counted] = await monitoring.query(
      'mcp_container_restarts_total{service="k8s-plugin", by="watchdog"}',
    );
    expect(Number(counted?.value[1])).toBeGreaterThan(0);
    const [byEngine] = await monitoring.query(
      'mcp_container_restarts_total{service="postgres-exporter", by="engine"}',
    );
    expect(Number(byEngine?.value[1])).toBe(2);
  });
});
