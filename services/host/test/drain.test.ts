import { Agent, get, type IncomingMessage, request } from "node:http";
import { McpServer } from "@modelcontextprotocol/server";
import { served } from "./serving";

const service = {
  createServer: () => new McpServer({ name: "fixture", version: "1.0.0" }),
  checks: {},
  close: async () => undefined,
};

it("loses no request that is on its way when it is told to stop", async () => {
  const server = await served(service);
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (agent: Agent | false) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(new URL("/health", server.url), { agent }, (response) => {
        response.resume().once("end", () => resolve(response));
      }).once("error", reject);
    });
  expect((await ask(kept)).headers.connection).toBe("keep-alive");
  const drained = server.drain();
  // Old connections and new ones are answered, are told that it stops, and are closed.
  for (const agent of [kept, kept, false as const]) {
    const { statusCode, headers } = await ask(agent);
    expect({ statusCode, connection: headers.connection }).toEqual({ statusCode: 503, connection: "close" });
  }
  await drained;
  await expect(ask(false)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await server.close();
  kept.destroy();
});

it("breaks off what comes on an old connection while it closes, and answers no error for it", async () => {
  let [closing, closed] = [() => {}, () => {}];
  const begun = new Promise<void>((resolve) => (closing = resolve));
  const over = new Promise<void>((resolve) => (closed = resolve));
  const close = () => {
    closing();
    return over;
  };
  const session = { server: new McpServer({ name: "fixture", version: "1.0.0" }), close };
  const sessions = { open: async () => session, most: 1, idleSeconds: 60 };
  const server = await served({ ...service, sessions });
  await server.client("legacy");
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
      request(server.url, { agent: kept, method: "POST", headers }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      })
        .once("error", reject)
        .end("{}");
    });
  expect(await post()).toBe(400);
  // A session takes its time to end.
  const end = server.close();
  await begun;
  await expect(post()).rejects.toMatchObject({ code: "ECONNRESET" });
  closed();
  await end;
  kept.destroy();
});
