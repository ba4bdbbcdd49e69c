import { McpServer } from "@modelcontextprotocol/server";
import type { Service } from "../program";
import { type Served, served } from "./serving";

/** Calls that run, each with what ends it. */
let running: (() => void)[] = [];
let begun = () => {};

function createServer(): McpServer {
  const server = new McpServer({ name: "fixture", version: "1.0.0" });
  server.registerTool("wait", {}, async () => {
    await new Promise<void>((resolve) => {
      running.push(resolve);
      begun();
    });
    return { content: [] };
  });
  server.registerTool("echo", {}, () => ({ content: [] }));
  return server;
}

let ended = 0;
/** Openings that wait, each with what lets it go on; none waits where there is no list. */
let opening: (() => void)[] | undefined;
const service: Service = {
  createServer,
  sessions: {
    open: async () => {
      await new Promise<void>((resolve) => (opening ? opening.push(resolve) : resolve()));
      return { server: createServer(), close: async () => void (ended += 1) };
    },
    most: 3,
    setBy: "THE_SETTING",
    idleSeconds: 900,
  },
  checks: {},
  close: async () => undefined,
};

let server: Served;
beforeEach(async () => {
  [running, ended, opening] = [[], 0, undefined];
  server = await served(service);
});
afterEach(() => server.close());

function post(
  message: Record<string, unknown>,
  session?: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(server.url, {
    method: "POST",
    signal,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session === undefined ? {} : { "mcp-session-id": session }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}

/** Begins a session as a program of that name, and never ends it. */
async function open(name: string): Promise<string> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name, version: "1" } };
  const response = await post({ id: 1, method: "initialize", params });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return response.headers.get("mcp-session-id")!;
}

const call = (session: string, name: "echo" | "wait") =>
  post({ id: 2, method: "tools/call", params: { name } }, session).then(async (response) => {
    await response.text();
    return response.status;
  });
const lives = async (session: string) => (await call(session, "echo")) === 200;

test("a client that never ends a session can always begin another", async () => {
  const opened: string[] = [];
  for (let times = 0; times < 9; times += 1) opened.push(await open("editor"));
  expect(ended).toBe(6);
  expect(await Promise.all(opened.map(lives))).toEqual([
    ...Array.from({ length: 6 }, () => false),
    true,
    true,
    true,
  ]);
  expect(await post({ id: 3, method: "tools/list" }, opened[0]).then((response) => response.text())).toMatch(
    /no such session.*initialize again/,
  );
});

test("the least recently used session makes room", async () => {
  const [first, second, third] = [await open("one"), await open("two"), await open("three")];
  await lives(first);
  await lives(third);
  const fourth = await open("four");
  expect(await lives(second)).toBe(false);
  expect(await Promise.all([first, third, fourth].map(lives))).toEqual([true, true, true]);
});

test("a client's own goes first, though it was used last", async () => {
  const [other, another] = [await open("other"), await open("other")];
  const own = await open("editor");
  await lives(own);
  const next = await open("editor");
  expect(await Promise.all([own, other, another, next].map(lives))).toEqual([false, true, true, true]);
});

test("one that its client listens to goes last", async () => {
  const listened = await open("one");
  const gone = new AbortController();
  const headers = { accept: "text/event-stream", "mcp-session-id": listened };
  await fetch(server.url, { headers, signal: gone.signal });
  const [second, third] = [await open("two"), await open("three")];
  await open("four");
  expect(await Promise.all([listened, second, third].map(lives))).toEqual([true, false, true]);
  gone.abort();
});

test("none goes in which a call runs; where all are so, who comes is told what to set", async () => {
  const sessions = [await open("one"), await open("two"), await open("three")];
  const calls: Promise<number>[] = [];
  for (const session of sessions) {
    const began = new Promise<void>((resolve) => (begun = resolve));
    calls.push(call(session, "wait"));
    await began;
  }
  await expect(open("four")).rejects.toThrow(/503.*all 3 sessions are in use.*THE_SETTING/);
  running[1]!();
  expect(await calls[1]).toBe(200);
  expect(await lives(await open("four"))).toBe(true);
  running.forEach((end) => end());
  expect(await Promise.all(calls)).toEqual([200, 200, 200]);
  expect(await lives(sessions[1]!)).toBe(false);
});

test("as many as come at once are never more than there may be", async () => {
  const opened = await Promise.all(
    Array.from({ length: 8 }, (_, index) => open(`client ${index}`).catch(() => "")),
  );
  const alive = await Promise.all(opened.filter((session) => session !== "").map(lives));
  expect(alive.filter(Boolean).length).toBeLessThanOrEqual(3);
  expect(await lives(await open("late"))).toBe(true);
});

test("a client that goes while its session is opened leaves none behind", async () => {
  const waiting = (opening = []) as (() => void)[];
  const leave = new AbortController();
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "a", version: "1" } };
  const gone = [1, 2, 3].map((id) => post({ id, method: "initialize", params }, undefined, leave.signal));
  const failed = Promise.allSettled(gone);
  while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  leave.abort();
  await failed;
  // The server hears of it a moment later.
  await new Promise((resolve) => setTimeout(resolve, 200));
  opening = undefined;
  waiting.forEach((goOn) => goOn());
  while (ended < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const name of ["a", "b", "c"]) await open(name);
});
