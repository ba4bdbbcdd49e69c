import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { overHttp } from "./support/mcp";
import { freePort } from "./support/ports";
import { TestStack } from "./support/stack";

let stack: TestStack;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/mcp`;
  stack = await TestStack.create({
    system: "tekup",
    tiers: 3,
    environment: "development",
    clients: {},
    services: { "mcp-gateway": { publish: port }, nginx: { publish: false } },
  });
  await stack.up();
});
afterAll(() => stack.remove());

/** What a page of a service answers, asked within its container. */
async function asked<T>(service: string, address: string): Promise<T> {
  const text = await docker([
    "exec",
    stack.containerName(service),
    "wget",
    "-qO-",
    `http://127.0.0.1:${address}`,
  ]);
  return JSON.parse(text) as T;
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

it("shows a call as one trace, from the client through the gateway to the server, and in the gateway's log", async () => {
  const [trace, client] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  await overHttp(url, (session) => session.call("search__search_code", { pattern: "needle" }), {
    traceparent: `00-${trace}-${client}-01`,
  });
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
  expect((await stack.command("logs", "mcp-gateway")).output).toContain(trace);
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
    "watchdog",
    "cadvisor",
  ];
  let found = await jobs();
  for (; !wanted.every((job) => found.includes(job)); found = await jobs()) await sleep(500);
  expect(found).toEqual(expect.arrayContaining(wanted));
});

it("is as it should be, and changes nothing when it is put up again", async () => {
  expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  const { code, output } = await stack.command("drift");
  expect({ code, output }).toMatchObject({ code: 0 });
});
