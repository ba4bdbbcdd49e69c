import { once } from "node:events";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gatewayFor, modernRequest } from "./support";

const kibibyte = 1024;
const answerBytes = 200 * kibibyte;

let server: Server;
let url: string;

/** A server of the modern era whose tools all give the same long text. */
beforeAll(async () => {
  server = createServer((request, response) => {
    void textOf(request).then((body) => {
      if (body === "") return response.end("{}");
      const { id } = JSON.parse(body) as { id: unknown };
      const result = { content: [{ type: "text", text: "x".repeat(answerBytes) }] };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function textOf(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Calls a tool with so long an argument, and gives the length of its answer. */
async function call(endpoint: string, tool: string, argument = ""): Promise<number> {
  const params = { name: tool, arguments: { argument } };
  const answer = await fetch(endpoint, modernRequest({ method: "tools/call", params }));
  expect(answer.status).toBe(200);
  return (await answer.text()).length;
}

async function secondsFor(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

const limited = (bandwidthKiB: number) => ({ url, era: "modern", healthPath: "/", bandwidthKiB });

describe("a replica's bandwidth", () => {
  // A tenth of a second's worth may come at once.
  it.each([
    ["passed on as they come", "/mcp/s", "long"],
    ["read and renamed", "/mcp", "s__long"],
  ])(
    "holds for answers that are %s, all of them together, and nothing is left out",
    async (_, path, tool) => {
      const gateway = await gatewayFor({ s: limited(400) });
      const lengths: number[] = [];
      const seconds = await secondsFor(async () => {
        const calls = [1, 2, 3].map(() => call(gateway.url(path), tool));
        lengths.push(...(await Promise.all(calls)));
        lengths.push(await call(gateway.url(path), tool));
      });
      await gateway.stop();
      // 800 KiB at 400 in a second; of the last answer a part may be with the client already.
      expect(seconds).toBeGreaterThan(1.3);
      for (const length of lengths) expect(length).toBeGreaterThan(answerBytes);
    },
  );

  it("counts what it is sent, too", async () => {
    const gateway = await gatewayFor({ s: limited(400) });
    const seconds = await secondsFor(async () => {
      await call(gateway.url("/mcp/s"), "long", "y".repeat(400 * kibibyte));
      await call(gateway.url("/mcp/s"), "long");
    });
    await gateway.stop();
    expect(seconds).toBeGreaterThan(1.3);
  });

  it("holds nobody up who gives up, nor the gateway's end", async () => {
    const gateway = await gatewayFor({ s: limited(1), t: { url, era: "modern", healthPath: "/" } });
    const gone = new AbortController();
    const request = get(gateway.url("/mcp/s"), { signal: gone.signal });
    request.on("error", () => undefined);
    void call(gateway.url("/mcp/s"), "long").catch(() => undefined);
    gone.abort();
    expect(await call(gateway.url("/mcp/t"), "long")).toBeGreaterThan(answerBytes);
    await gateway.stop();
  });
});
