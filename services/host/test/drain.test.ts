import { Agent, get, type IncomingMessage } from "node:http";
import { McpServer } from "@modelcontextprotocol/server";
import { served } from "./serving";

it("loses no request that is on its way when it is told to stop", async () => {
  const server = await served({
    createServer: () => new McpServer({ name: "fixture", version: "1.0.0" }),
    checks: {},
    close: async () => undefined,
  });
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
