import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gatewayFor } from "./support";

const words = "All 2 processes of clock are in use (`servers.clock.processes` is how many there may be)";

/** A server that has no room: it says when to come again. */
async function busy() {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (body === "") return void response.writeHead(404).end(); // who looks whether it is there
      const { id = null } = JSON.parse(body) as { id?: unknown };
      response.writeHead(503, { "content-type": "application/json", "retry-after": "1" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32000, message: words } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, close };
}

test.each(
  (["modern", "auto"] as const).flatMap((era) => ["/mcp", "/mcp/clock"].map((path) => ({ era, path }))),
)(
  "a server of the era $era that has no room says so at $path, each time, with its own words",
  async ({ era, path }) => {
    const server = await busy();
    const gateway = await gatewayFor({ clock: { url: server.url, era } });
    const name = path === "/mcp" ? "clock__now" : "now";
    try {
      // Were it taken for a failure, the server would be given up after some.
      for (let times = 0; times < 12; times += 1) {
        const response = await fetch(gateway.url(path), {
          method: "POST",
          headers: {
            "content-type": "application/json",
            accept: "application/json, text/event-stream",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": "tools/call",
            "mcp-name": name,
          },
          body: JSON.stringify({
            jsonrpc: "2.0",
            id: times,
            method: "tools/call",
            params: {
              name,
              arguments: {},
              _meta: {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
              },
            },
          }),
        });
        expect(response.status).toBe(503);
        if (era === "modern") expect(response.headers.get("retry-after")).toBe("1");
        const { id, error } = (await response.json()) as { id: number; error: { message: string } };
        expect(id).toBe(times);
        expect(error.message).toContain(words);
      }
    } finally {
      await gateway.stop();
      await server.close();
    }
  },
);
