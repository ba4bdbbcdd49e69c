import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect as dial, type Socket } from "node:net";
import { gatewayFor } from "./support";

const mebibyte = 2 ** 20;

/** What a server gives that says the same for ever, as long as somebody takes it; there is an end to it for a test that fails. */
interface Flood {
  url: string;
  given: () => number;
  /** Connections that were broken off before the end. */
  brokenOff: () => number;
  close: () => Promise<void>;
}

/** Far more than all that lies between two ends of a connection. */
const all = 256 * mebibyte;

/** A server that floods whoever asks it so. */
async function flood(
  asks: (request: IncomingMessage) => boolean,
  begin: string,
  chunk: string,
): Promise<Flood> {
  let given = 0;
  let brokenOff = 0;
  const pour = (response: ServerResponse) => {
    const give = () => {
      while (given < all && !response.destroyed) {
        given += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", give);
      }
    };
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.once("close", () => (brokenOff += given < all ? 1 : 0));
    response.write(begin);
    give();
  };
  const server: Server = createServer((request, response) => {
    request.resume().once("end", () => (asks(request) ? pour(response) : response.writeHead(200).end()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given: () => given,
    brokenOff: () => brokenOff,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const isCall = ({ headers }: IncomingMessage) => headers["mcp-method"] === "tools/call";

/** Calls a tool, reads the first bytes of the answer and then no more. */
async function readsNoMore(port: number, path: string, tool: string): Promise<Socket> {
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      name: tool,
      arguments: {},
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });
  const socket = dial(port, "127.0.0.1");
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: localhost",
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
    "MCP-Protocol-Version: 2026-07-28",
    "Mcp-Method: tools/call",
    `Mcp-Name: ${tool}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  await new Promise<void>((resolve) => socket.once("data", () => resolve(void socket.pause())));
  return socket;
}

/** Waits until a number stays as it is. */
async function settled(number: () => number): Promise<number> {
  for (let before = -1; ;) {
    if (number() === before) return before;
    before = number();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe("a client that does not read", () => {
  it("holds back the server whose answer is passed on to it", async () => {
    const server = await flood(isCall, ": here it comes\n\n", " ".repeat(65_536));
    const gateway = await gatewayFor({ flood: { url: server.url, era: "modern" } });
    const socket = await readsNoMore(gateway.port, "/mcp/flood", "pour");
    expect(await settled(server.given)).toBeLessThan(all / 4);
    expect(server.brokenOff()).toBe(0);
    socket.destroy();
    await gateway.stop();
    await server.close();
  });

  it("is let go where the gateway reads the answer itself, once too much waits for it", async () => {
    const progress = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "" } };
    progress.params.data = "x".repeat(65_536);
    const event = `data: ${JSON.stringify(progress)}\n\n`;
    const server = await flood(isCall, event, event);
    const gateway = await gatewayFor(
      { flood: { url: server.url, era: "modern" } },
      { backlogBytes: mebibyte },
    );
    const socket = await readsNoMore(gateway.port, "/mcp", "flood__pour");
    expect(await settled(server.given)).toBeLessThan(all / 4);
    expect(server.brokenOff()).toBe(1);
    socket.destroy();
    await gateway.stop();
    await server.close();
  });
});

it("a health page without end is not read to it", async () => {
  const server = await flood(({ url }) => url === "/health", "fine", " ".repeat(65_536));
  const gateway = await gatewayFor({ flood: { url: server.url, era: "modern" } });
  expect(await settled(server.given)).toBeLessThan(all / 4);
  const health: unknown = await (await fetch(gateway.url("/health"))).json();
  expect(health).toMatchObject({ ready: true, checks: { flood: { ok: true } } });
  await gateway.stop();
  await server.close();
});
