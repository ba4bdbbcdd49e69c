import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describeStack } from "../../cli/stack-file";
import { docker } from "../../engine/docker";
import { dashboardsOf } from "../../observability/dashboards";
import { scrapeInterval } from "../../observability/prometheus";
import { overHttp } from "./support/mcp";
import { freePorts } from "./support/ports";
import { Monitoring } from "./support/prometheus";
import { openTekup, type Settings, TestStack } from "./support/stack";

let stack: TestStack;
let services: Record<string, Settings>;
let url: string;
let monitoring: Monitoring;

beforeAll(async () => {
  const [port = 0, web = 0] = await freePorts(2);
  url = `http://127.0.0.1:${port}/mcp`;
  services = { "mcp-gateway": { publish: port }, nginx: { publish: web } };
  stack = await TestStack.create({ ...openTekup, services });
  await stack.up();
  monitoring = await Monitoring.of(stack, web);
});
afterAll(() => stack.remove());

/** What a page of a service answers, asked within its container. */
async function asked<T>(service: string, address: string): Promise<T> {
  return JSON.parse(await pageText(service, address)) as T;
}

function pageText(service: string, address: string): Promise<string> {
  const wget = ["wget", "-qO-", `http://127.0.0.1:${address}`];
  return docker(["exec", stack.containerName(service), ...wget]);
}

/** Calls a tool as a client that has a trace of its own. */
async function tracedCall(): Promise<{ trace: string; client: string }> {
  const [trace, client] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  await overHttp(url, (session) => session.call("search__search_code", { pattern: "needle" }), {
    traceparent: `00-${trace}-${client}-01`,
  });
  return { trace, client };
}

/** A line as the log store has it. */
interface StoredLine {
  _time: string;
  _msg: string;
  service: string;
  container: string;
  level: string;
  message: string;
}

/** Waits until the store has lines of a trace of all of those services. */
async function stored(trace: string, ...services: string[]): Promise<StoredLine[]> {
  const question = `9428/logs/select/logsql/query?query=trace_id:%3D${trace}`;
  for (;;) {
    const text = await pageText("log-store", question).catch(() => ""); // it may be about to start
    const lines = text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as StoredLine);
    if (services.every((name) => lines.some(({ service }) => service === name))) return lines;
    await sleep(500);
  }
}

/** Who told of a call; what else is logged in its trace may come later. */
function callsOf(lines: readonly StoredLine[]): string[] {
  return lines.flatMap(({ service, message }) => (message === "call" ? [service] : [])).sort();
}

/** The services whose lines `npm run logs` shows of a trace. */
async function loggedBy(trace: string): Promise<string[]> {
  const { output } = await stack.command("logs", "--trace", trace);
  return output.split("\n").flatMap((line) => (line.includes(trace) ? [line.split(" ")[0] ?? ""] : []));
}

interface JaegerSpan {
  spanID: string;
  operationName: string;
  references: { refType: string; spanID: string }[];
  processID: string;
}

interface JaegerTraces {
  data: { spans: JaegerSpan[]; processes: Record<string, { serviceName: string }> }[];
}

it("shows a call as one trace, from the client through the gateway to the server, and in the log of each", async () => {
  const { trace, client } = await tracedCall();
  const call = (spans: JaegerSpan[]) =>
    spans.filter(({ operationName }) => operationName.includes("tools/call"));
  // Programs send what they have every few seconds.
  let found: JaegerTraces["data"][number] | undefined;
  while (!found || call(found.spans).length < 3) {
    await sleep(500);
    const { data } = await asked<JaegerTraces>("jaeger", `16686/jaeger/api/traces/${trace}`).catch(() => ({
      data: [],
    }));
    found = data[0];
  }
  const { spans, processes } = found;
  const childOf = (parent: string) =>
    call(spans).find(({ references }) => references.some(({ spanID }) => spanID === parent));
  const received = childOf(client);
  const passedOn = childOf(received?.spanID ?? "");
  const answered = childOf(passedOn?.spanID ?? "");
  const names = [received, passedOn, answered].map((span) => processes[span?.processID ?? ""]?.serviceName);
  expect(names).toEqual(["mcp-gateway", "mcp-gateway", "mcp-search"]);
  expect(await loggedBy(trace)).toEqual(expect.arrayContaining(["mcp-gateway", "mcp-search"]));
});

it("has every service's metrics, of each replica", async () => {
  interface Targets {
    data: { activeTargets: { labels: { job: string }; health: string }[] };
  }
  const jobs = async () => {
    const { data } = await asked<Targets>("prometheus", "9090/prometheus/api/v1/targets");
    return data.activeTargets.filter(({ health }) => health === "up").map(({ labels }) => labels.job);
  };
  const wanted = [
    "mcp-browser",
    "mcp-filesystem",
    "mcp-search",
    "mcp-gateway",
    "jaeger",
    "log-store",
    "log-shipper",
    "watchdog",
    "cadvisor",
  ];
  let found = await jobs();
  for (; !wanted.every((job) => found.includes(job)); found = await jobs()) await sleep(500);
  expect(found).toEqual(expect.arrayContaining(wanted));
});

it("has dashboards that show something in every panel", async () => {
  const { topology } = describeStack({ stack: stack.name, configFile: stack.configFile });
  const dashboards = dashboardsOf(topology.tiers);
  expect(dashboards.map(({ name }) => name)).toContain("mcp-gateway");
  // A rate takes two samples.
  await monitoring.scrape();
  await monitoring.scrape();
  const rateInterval = `${4 * Number.parseInt(scrapeInterval)}s`;
  const empty: string[] = [];
  for (const dashboard of dashboards)
    for (const { title, queries } of dashboard.rows.flatMap(({ panels }) => panels))
      for (const { expr } of queries) {
        const series = await monitoring.query(expr.replaceAll("$__rate_interval", rateInterval));
        if (series.length === 0) empty.push(`${dashboard.title} / ${title}: ${expr}`);
      }
  expect(empty).toEqual([]);
});

it("keeps a call's lines in one place, and finds them when the server's container is another one", async () => {
  const { trace } = await tracedCall();
  const lines = await stored(trace, "mcp-gateway", "mcp-search");
  const line = lines.find(({ service }) => service === "mcp-search");
  expect(line).toMatchObject({
    container: stack.containerName("mcp-search"),
    level: "info",
    message: "call",
  });
  expect(JSON.parse(line?._msg ?? "")).toMatchObject({ trace_id: trace, tool: "search_code" });
  const once = await loggedBy(trace);
  expect(once.filter((service) => service === "mcp-search")).toHaveLength(1);

  const { Id: before } = await stack.container("mcp-search");
  stack.configure({ ...openTekup, services: { ...services, "mcp-search": { probe: { interval: 6 } } } });
  await stack.up();
  expect((await stack.container("mcp-search")).Id).not.toBe(before);
  // A server that the gateway came to during the call may go on to log in its trace.
  expect(await loggedBy(trace)).toEqual(expect.arrayContaining(once));
});

it("loses no line and doubles none while the shipper is away, and says where lines come from when the store is", async () => {
  const servers = ["mcp-gateway", "mcp-search"];
  const { trace: earlier } = await tracedCall();
  expect(callsOf(await stored(earlier, ...servers))).toEqual(servers);
  await docker(["stop", stack.containerName("log-shipper")]);
  const { trace } = await tracedCall();
  await docker(["start", stack.containerName("log-shipper")]);
  for (const id of [trace, earlier]) expect(callsOf(await stored(id, ...servers))).toEqual(servers);

  await docker(["stop", stack.containerName("log-store")]);
  const { output } = await stack.command("logs", "--trace", trace);
  expect(output).toContain("Lines are the engine's alone");
  expect(output).toMatch(new RegExp(`^mcp-search .*${trace}`, "m"));
  await docker(["start", stack.containerName("log-store")]);
  expect(await stored(trace, "mcp-search")).not.toEqual([]);
});

it("shows logs in a browser behind the entry's password, where nothing can be put in or thrown away", async () => {
  expect(await (await monitoring.page("/logs/select/vmui/")).text()).toContain("VictoriaLogs");
  expect((await monitoring.page("/logs/select/vmui/", "")).status).toBe(401);
  expect((await monitoring.page("/logs/insert/jsonline")).status).toBe(404);
});

it("is as it should be, and changes nothing when it is put up again", async () => {
  expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  const { code, output } = await stack.command("drift");
  expect({ code, output }).toMatchObject({ code: 0 });
});

/** What goes wrong, side by side; the tests then wait for what is told of it. */
describe("an alert", () => {
  beforeAll(async () => {
    await docker(["exec", "--detach", stack.containerName("mcp-search"), "node", "-e", takesNearlyAll]);
    await docker(["exec", stack.containerName("jaeger"), "sh", "-c", "kill -TERM 1"]);
    await overHttp(url, async (session) => {
      for (let round = 0; round < 15; round += 1) {
        await session.call("filesystem__read_text_file", { path: "/srv/workspace/none" });
        await session.call("browser__browser_wait_for", { time: 0.7 });
      }
    });
  });

  it.each([
    ["ContainerRestarting", "a program that ended", { service: "jaeger" }],
    ["ContainerNearMemoryLimit", "a server that has nearly all it may have", { service: "mcp-search" }],
    ["McpErrorRate", "a server whose calls fail", { service: "mcp-filesystem" }],
    ["McpLatency", "a server whose calls are slow", { service: "mcp-browser" }],
  ])("%s tells of %s", async (alert, _cause, labels) => {
    expect((await monitoring.alert(alert, labels)).status.state).toBe("active");
  });
});

/** Takes memory until its container has 95 of 100 parts of what it may have, and keeps it; with either kind of cgroups. */
const takesNearlyAll = `
  const { existsSync, readFileSync } = require("node:fs");
  const [limit, used] = existsSync("/sys/fs/cgroup/memory.max")
    ? ["memory.max", "memory.current"]
    : ["memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"];
  const read = (name) => Number(readFileSync("/sys/fs/cgroup/" + name, "utf8"));
  const kept = [];
  setInterval(() => {
    if (read(used) < 0.95 * read(limit)) kept.push(Buffer.alloc(4 * 2 ** 20, 1));
  }, 10);
`;
