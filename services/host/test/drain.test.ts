import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
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

it("answers no error to what still comes while it closes: who asks sees that nothing came of it", async () => {
  let [closing, closed] = [() => {}, () => {}];
  const begun = new Promise<void>((resolve) => (closing = resolve));
  const over = new Promise<void>((resolve) => (closed = resolve));
  const close = () => {
    closing();
    return over;
  };
  const session = { server: new McpServer({ name: "fixture", version: "1.0.0" }), close };
  const sessions = { open: async () => session, most: 1, setBy: "the test", idleSeconds: 60 };
  const server = await served({ ...service, sessions });
  await server.client("legacy");
  // One on which nothing was asked yet does not count as idle.
  const fresh = await opened(server.url);
  const idle = await opened(server.url);
  await idle.ask("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
  // A session takes its time to end.
  const end = server.close();
  await begun;
  await idle.ended;
  fresh.socket.write("POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}");
  expect(await fresh.ended).toBe("");
  closed();
  await end;
});

/** A connection to a server. */
async function opened({ hostname, port }: URL) {
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.on("data", (data) => (text += data.toString())).on("error", () => undefined);
  await once(socket, "connect");
  return {
    socket,
    /** Sends a request, and waits for its answer. */
    ask: async (request: string) => {
      socket.write(request);
      while (!text.includes("}")) await once(socket, "data");
      text = "";
    },
    /** What came since, once the connection is closed. */
    ended: new Promise<string>((resolve) => socket.once("close", () => resolve(text))),
  };
}
