import { scrape } from "../../host/test/support";
import { type Fixture, serveFixture } from "./fixture/serve";
import { held, toolbox } from "./fixture/toolbox";
import { type GatewayProcess, gatewayProcess } from "./processes";
import { connect, eventually, hashed, modernRequest, textOf } from "./support";

const fixtures = {} as Record<"modern" | "legacy", Fixture>;
const open: GatewayProcess[] = [];

beforeAll(async () => {
  fixtures.modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  fixtures.legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
});

afterAll(async () => {
  await Promise.all([fixtures.modern.close(), fixtures.legacy.close()]);
});

afterEach(async () => {
  held.splice(0).forEach((release) => release());
  for (const gateway of open.splice(0)) await gateway.stop();
});

const key = "a key for the tests that is long enough to be one";

const settingsOf = (own: Record<string, unknown> = {}) => ({
  host: "127.0.0.1",
  port: 0,
  workers: 2,
  drainSeconds: 1,
  configWatchMs: 20,
  servers: { new: { url: fixtures.modern.url }, old: { url: fixtures.legacy.url } },
  ...own,
});

/** A gateway with two workers that is stopped after its test. */
async function gateway(own: Record<string, unknown> = {}): Promise<GatewayProcess> {
  const started = await gatewayProcess(settingsOf(own));
  open.push(started);
  return started;
}

/** Makes each request on a connection of its own: the workers take turns with connections. */
const alternating: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set("connection", "close");
  return fetch(input, { ...init, headers });
};

/** What a gateway logged with this message. */
const logged = ({ log }: GatewayProcess, message: string) =>
  log()
    .split("\n")
    .filter((line) => line.includes(`"message":"${message}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The workers that a gateway has started so far, in that order. */
const started = (of: GatewayProcess) => logged(of, "worker serves") as { worker: number; pid: number }[];

/** Kills the first worker; from when that is noticed no connection is handed to it. */
async function killFirst(of: GatewayProcess): Promise<void> {
  process.kill(started(of)[0]!.pid, "SIGKILL");
  await eventually(() => logged(of, "worker ended").length > 0);
}

/** The workers that took calls. */
const busy = (of: GatewayProcess) => [...new Set(logged(of, "call").map(({ worker }) => worker))].sort();

const total = async (of: GatewayProcess, name: string, tool?: string) =>
  (await scrape(new URL(of.url())))
    .filter((sample) => sample.name === name && (!tool || sample.labels.gen_ai_tool_name === tool))
    .reduce((sum, { value }) => sum + value, 0);

describe.each(["modern", "legacy"] as const)("a %s client whose requests go to both workers", (era) => {
  it("has one session, and answers in one what it was asked in the other", async () => {
    const one = await gateway();
    const client = await connect(one.url(), era, {}, {}, alternating, `${era} client of workers`);
    const call = async (name: string) => textOf(await client.callTool({ name, arguments: {} }));
    for (const count of ["1", "2", "3", "4", "5"]) expect(await call("old__count")).toBe(count);
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await call("new__ask")).toBe("new met Ada");
      expect(await call("old__ask")).toBe("old met Ada");
    }
    await eventually(() => busy(one).length === 2);
    await client.close();
  });
});

describe("limits", () => {
  it("hold for all workers together", async () => {
    const one = await gateway({ requestsPerMinute: 20 });
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async () => (await alternating(one.url(), { method: "POST" })).status),
    );
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    // What was refused for what it is was let in by the limit.
    expect(statuses.filter((status) => status === 415)).toHaveLength(20);
  });

  it("of streams do as well, and a worker's end with it", async () => {
    const one = await gateway({ streams: 2 });
    const streams: AbortController[] = [];
    const listen = async () => {
      const control = new AbortController();
      const params = { notifications: { toolsListChanged: true } };
      const asked = modernRequest({ method: "subscriptions/listen", params });
      const response = await alternating(one.url(), { ...asked, signal: control.signal });
      if (response.status === 200) streams.push(control);
      response.body?.pipeTo(new WritableStream()).catch(() => undefined);
      return response.status;
    };
    expect([await listen(), await listen(), await listen()]).toEqual([200, 200, 429]);
    await killFirst(one);
    await eventually(async () => (await listen().catch(() => 0)) === 200);
    streams.forEach((stream) => stream.abort());
  });
});

it("metrics are those of all workers, whichever is asked, and none are lost with one that dies", async () => {
  const one = await gateway();
  const client = await connect(one.url(), "modern", {}, {}, alternating);
  const calls = async (count: number) => {
    for (let turn = 0; turn < count; turn += 1)
      await client.callTool({ name: "new__echo", arguments: { value: "" } });
  };
  const counted = () => total(one, "mcp_gateway_request_duration_seconds_count", "echo");
  await calls(10);
  await eventually(async () => (await counted()) === 10);
  expect(busy(one)).toHaveLength(2);
  for (let turn = 0; turn < 4; turn += 1) expect(await counted()).toBe(10);
  expect(await total(one, "mcp_gateway_workers")).toBe(2);
  expect(await total(one, "mcp_gateway_config_sequence")).toBe(1);
  await killFirst(one);
  await eventually(() => started(one).length === 3);
  expect(await counted()).toBe(10);
  await calls(4);
  await eventually(async () => (await counted()) === 14);
  expect(await total(one, "mcp_gateway_workers_replaced_total")).toBe(1);
  await client.close();
});

it("a worker that is killed under load is replaced, and the calls of the other go on", async () => {
  const one = await gateway({ registration: { keys: [hashed(key)], newServers: true, leaseSeconds: 3600 } });
  const registry = (method: string, body?: unknown) =>
    alternating(one.url("/registry"), {
      method,
      headers: { "x-api-key": key, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  await registry("POST", { server: "late", url: fixtures.modern.url });
  const knows = async () =>
    ((await (await registry("GET")).json()) as { registrations: unknown[] }).registrations.length;
  expect([await knows(), await knows()]).toEqual([1, 1]);
  let [ended, answered] = [false, 0];
  const failed: unknown[] = [];
  const load = async (index: number) => {
    const client = await connect(one.url(), "modern", {}, {}, alternating);
    while (!ended) {
      const value = `client ${index}, call ${answered}`;
      // One whose connection was just being handed over gets no answer.
      const call = client.callTool({ name: "new__echo", arguments: { value } }, { timeout: 15_000 });
      const text = await call.then(textOf, (error: unknown) => void failed.push(error));
      if (text !== undefined) expect(text).toContain(value);
      if (text !== undefined) answered += 1;
    }
    await client.close();
  };
  const clients = Array.from({ length: 8 }, (_, index) => load(index));
  await eventually(() => answered > 50);
  process.kill(started(one)[0]!.pid, "SIGKILL");
  const before = answered;
  await eventually(() => started(one).length === 3 && answered > before + 50);
  ended = true;
  await Promise.all(clients);
  // At most what each client had on its way at that moment.
  expect(failed.length).toBeLessThanOrEqual(8);
  const [, second, third] = started(one);
  const client = await connect(one.url("/mcp/late"), "modern", {}, {}, alternating);
  await eventually(async () => {
    await client.callTool({ name: "echo", arguments: { value: "" } });
    const last = logged(one, "call").slice(-10);
    return [second, third].every((its) => last.some(({ worker }) => worker === its!.worker));
  });
  expect([await knows(), await knows()]).toEqual([1, 1]);
  await client.close();
});

it("a reload reaches all workers under load without a call that fails, and one that is refused reaches none", async () => {
  const own = { adminKeys: [hashed(key)] };
  const one = await gateway(own);
  let [ended, answered] = [false, 0];
  const load = async () => {
    const client = await connect(one.url(), "modern", {}, {}, alternating);
    while (!ended) {
      await client.callTool({ name: "new__echo", arguments: { value: "" } });
      answered += 1;
    }
    await client.close();
  };
  const clients = Array.from({ length: 4 }, () => load());
  for (const client of clients) client.catch(() => undefined);
  interface Shown {
    version: { sequence: number; hash: string };
    refused: { message: string } | null;
    settings: { sessions: number };
  }
  /** What is said of the configuration, by each of both workers more than once. */
  const shown = () =>
    Promise.all(
      Array.from({ length: 6 }, async () => {
        const page = await alternating(one.url("/config"), { headers: { "x-api-key": key } });
        return (await page.json()) as Shown;
      }),
    );
  for (let sessions = 1; sessions <= 5; sessions += 1) {
    one.configure(settingsOf({ ...own, sessions }));
    await eventually(async () => (await shown()).every((page) => page.settings.sessions === sessions));
  }
  const [before] = await shown();
  expect(before!.version.sequence).toBe(6);
  one.configure(settingsOf({ ...own, sessions: -1 }));
  await eventually(async () => (await shown()).every(({ refused }) => refused !== null));
  for (const { version, settings, refused } of await shown()) {
    expect(version).toEqual(before!.version);
    expect(settings.sessions).toBe(5);
    expect(refused!.message).toContain("sessions: -1 is below 0");
  }
  const count = answered;
  await eventually(() => answered > count + 10);
  ended = true;
  await Promise.all(clients);
});

it("a gateway that is told to stop lets the calls in all workers end", async () => {
  const one = await gatewayProcess(settingsOf({ drainSeconds: 30 }));
  const client = await connect(one.url(), "modern", {}, {}, alternating);
  const calls = Array.from({ length: 4 }, () => client.callTool({ name: "new__hold", arguments: {} }));
  await eventually(() => held.length === 4);
  const stopping = one.stop();
  await eventually(async () => (await alternating(one.url("/health")).catch(() => undefined)) === undefined);
  held.splice(0).forEach((release) => release());
  for (const call of calls) expect(textOf(await call)).toBe("new was let go");
  await stopping;
  expect(logged(one, "stopped")).toHaveLength(1);
  expect(logged(one, "calls cut off")).toHaveLength(0);
});
