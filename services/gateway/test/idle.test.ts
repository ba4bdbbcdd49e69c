import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Pool } from "undici";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { eventually, gatewayFor } from "./support";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is alive after everything that can go is gone, in bytes. */
async function alive(): Promise<number> {
  // What the fixtures note is their own.
  legacy.seen.length = 0;
  modern.seen.length = 0;
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

let legacy: Fixture;
let modern: Fixture;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;
let pool: Pool;

beforeAll(async () => {
  legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
  modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  gateway = await gatewayFor({ old: legacy.url, new: modern.url });
  pool = new Pool(`http://127.0.0.1:${gateway.port}`, { connections: 16 });
});

afterAll(async () => {
  await pool.close();
  await gateway.stop();
  await Promise.all([legacy.close(), modern.close()]);
});

async function send(method: "POST" | "DELETE", path: string, session?: string, message?: object) {
  const answer = await pool.request({
    method,
    path,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...(session === undefined ? {} : { "mcp-session-id": session }),
    },
    ...(message ? { body: JSON.stringify({ jsonrpc: "2.0", ...message }) } : {}),
  });
  return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers };
}

/** Opens a session, and gives its id. */
async function open(path: string): Promise<string> {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "idle", version: "1.0.0" },
  };
  const { status, text, headers } = await send("POST", path, undefined, {
    id: 0,
    method: "initialize",
    params,
  });
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return String(headers["mcp-session-id"]);
}

/** Does something so many times, several at once. */
async function times(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work((next += 1));
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

it("idle sessions cost nothing beyond the ten thousand that are kept for speed, and all of them go on", async () => {
  const some: string[] = [];
  const idle = () =>
    times(10_000, async (index) => {
      const session = await open("/mcp/new");
      if (index % 500 === 0) some.push(session);
    });
  await idle();
  const before = await alive();
  await idle();
  expect((await alive()) - before).toBeLessThan(10_000 * 128);
  for (const [id, session] of some.entries()) {
    const { text } = await send("POST", "/mcp/new", session, { id, method: "tools/list" });
    expect(text).toContain(`"id":${id}`);
  }
});

it("sessions that are opened, used and closed leave nothing behind", async () => {
  const cycle = async (index: number) => {
    const session = await open("/mcp");
    const params = { name: "old__count", arguments: {} };
    const { text } = await send("POST", "/mcp", session, { id: index, method: "tools/call", params });
    expect(text).toContain(`"id":${index}`);
    expect((await send("DELETE", "/mcp", session)).status).toBe(200);
  };
  await times(300, cycle);
  const before = await alive();
  await times(600, cycle);
  // Time limits of what has ended are there until they are over, a few seconds.
  await eventually(async () => (await alive()) - before < 600 * 2048);
  await eventually(() => legacy.sessions().length === 0);
});
