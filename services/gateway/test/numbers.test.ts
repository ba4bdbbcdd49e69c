import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ids, numbers } from "../../host/test/numbers";
import { gatewayFor } from "./support";

/** What the server of a test was sent, and how it answers: by its own hand, as a program with exact numbers would. */
interface Exact {
  url: string;
  ids: string[];
  close: () => Promise<unknown>;
}

const args = `{"list":[${numbers.join(",")}],"text":"1234567890123456789","object":[{"id":${numbers[0]}}]}`;
const resource =
  '{"uri":"a:b","name":"b","size":9007199254740993,"_meta":{"n":[1.0,1e400]},"annotations":{"priority":1.0}}';
const tool = '{"name":"echo","inputSchema":{"type":"object"}}';

async function exact(era: "legacy" | "modern", streams: boolean): Promise<Exact> {
  const ids: string[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const [, id = ""] = /"id":("[^"]*"|[^,}]+)/.exec(body.replace(args, "")) ?? [];
      const [, method = ""] = /"method":"([^"]+)"/.exec(body) ?? [];
      const complete = era === "modern" ? '"resultType":"complete",' : "";
      const results: Record<string, string> = {
        ping: "{}",
        initialize: `{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{}},"serverInfo":{"name":"exact","version":"1"}}`,
        "server/discover": `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"resources":{}},"serverInfo":{"name":"exact","version":"1"}}`,
        "tools/list": `{${complete}"tools":[${tool}]}`,
        "tools/call": `{${complete}"content":[{"type":"text","text":"ok"}],"structuredContent":{"given":${body.includes(args) ? args : "null"}},"_meta":{"n":${numbers[1]}}}`,
        "resources/list": `{${complete}"ttlMs":60000.0,"cacheScope":"public","resources":[${resource}]}`,
      };
      if (method === "tools/call") ids.push(id);
      const known = results[method] !== undefined && !(method === "server/discover" && era === "legacy");
      if (id === "") return void response.writeHead(202).end();
      const stream = streams && method === "tools/call";
      response.writeHead(known ? 200 : 404, {
        "content-type": stream ? "text/event-stream" : "application/json",
        ...(method === "initialize" && era === "legacy" ? { "mcp-session-id": "one" } : {}),
      });
      const outcome = known ? `"result":${results[method]}` : `"error":{"code":-32601,"message":"none"}`;
      const answer = `{"jsonrpc":"2.0","id":${id},${outcome}}`;
      if (!stream) return void response.end(answer);
      const [, token = "none"] = /"progressToken":("[^"]*"|[^,}]+)/.exec(body) ?? [];
      const news = `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},"progress":1.0,"total":1e400}}`;
      response.end(`data: ${news}\n\ndata: ${answer}\n\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${port}/mcp`, ids, close };
}

const cells = (["legacy", "modern"] as const).flatMap((client) =>
  (["legacy", "modern"] as const).flatMap((server) =>
    ["/mcp", "/mcp/exact"].flatMap((path) =>
      [false, true].map((streams) => ({ client, server, path, streams, as: streams ? "streams" : "JSON" })),
    ),
  ),
);

describe.each(cells)("a $client client of a $server server at $path that answers by $as", (cell) => {
  const { client, server: era, path, streams } = cell;
  test("has its numbers carried as they are, and those of the answer, and its ids", async () => {
    const server = await exact(era, streams);
    const gateway = await gatewayFor({ exact: { url: server.url, era } }, { cacheBytes: 1_000_000 });
    const token = (id: string) => `"progressToken":${id}`;
    const metaOf = (id: string) =>
      client === "modern"
        ? `,"_meta":{${token(id)},"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
        : `,"_meta":{${token(id)}}`;
    const name = path === "/mcp" ? "exact__echo" : "echo";
    const ask = async (body: string, headers: Record<string, string>) => {
      const response = await fetch(gateway.url(path), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "mcp-protocol-version": client === "modern" ? "2026-07-28" : "2025-11-25",
          ...headers,
        },
        body,
      });
      return { text: await response.text(), session: response.headers.get("mcp-session-id") };
    };
    try {
      let headers: Record<string, string> = { "mcp-method": "tools/call", "mcp-name": name };
      if (client === "legacy") {
        const params =
          '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}';
        const { session } = await ask(
          `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${params}}`,
          {},
        );
        headers = session === null ? {} : { "mcp-session-id": session };
      }
      for (const id of ids) {
        const params = `{"name":"${name}","arguments":${args}${metaOf(id)}}`;
        const { text } = await ask(
          `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`,
          headers,
        );
        expect(text).toContain(`"id":${id},`);
        expect(text).toContain(`"given":${args}`);
        expect(text).toContain(`"_meta":{"n":${numbers[1]}}`);
        if (streams) expect(text).toContain(`${token(id)},"progress":1.0,"total":1e400`);
        expect(text).not.toContain("\uE000");
      }
      expect(server.ids).toHaveLength(ids.length);
      // Once from the server, and once from what is kept.
      for (const id of [ids[0], ids[1]]) {
        const { text } = await ask(
          `{"jsonrpc":"2.0","id":${id},"method":"resources/list","params":{${metaOf(id).slice(1)}}}`,
          { ...headers, ...(client === "modern" ? { "mcp-method": "resources/list", "mcp-name": "" } : {}) },
        );
        expect(text).toContain(`"id":${id},`);
        expect(text).toContain(resource.slice(resource.indexOf('"size"'), -1));
      }
      if (client === "legacy") {
        const { text } = await ask('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', headers);
        expect(text).toContain('"id":9007199254740993');
      }
    } finally {
      await gateway.stop();
      await server.close();
    }
  });
});
