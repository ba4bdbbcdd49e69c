import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseJson, toJson } from "../src/protocol/json";
import { gatewayFor } from "./support";

describe("JSON", () => {
  test.each([
    "1234567890123456789",
    "-9007199254740993",
    "0.12345678901234567890",
    "12345678.123456789012",
    "3.14159265358979323846264338327950288",
    "18446744073709551615",
    "1234567890123456789e5",
  ])("keeps %s, wherever it is", (number) => {
    for (const text of [
      number,
      `{"a":[${number}],"b":{"c":${number},"d":"${number}"}}`,
      `["\\"${number}\\\\",${number}]`,
    ])
      expect(toJson(parseJson(text))).toBe(text);
  });

  test.each([
    "9007199254740991",
    "9007199254740992",
    "0.30000000000000004",
    "1700000000000000",
    "1.7976931348623157e308",
  ])("has %s as the number that it is", (number) => {
    expect(parseJson(`{"n":${number}}`)).toEqual({ n: Number(number) });
  });

  test("is refused where it is none, and its texts are not touched", () => {
    for (const text of ["01234567890123456789", "{'a':12345678901234567890}", '{"a":12345678901234567890'])
      expect(() => parseJson(text)).toThrow(SyntaxError);
    const texts = { a: "12345678901234567890", b: 'say "12345678901234567890", \\', c: "12.34.56.78.90.12" };
    expect(parseJson(JSON.stringify(texts))).toEqual(texts);
  });
});

/** What the server of a test was sent, and how it answers: by its own hand, as a program with exact numbers would. */
interface Exact {
  url: string;
  ids: string[];
  close: () => Promise<unknown>;
}

const args =
  '{"id":1234567890123456789,"share":0.12345678901234567890,"text":"1234567890123456789","list":[-9007199254740993]}';
const tool = '{"name":"echo","inputSchema":{"type":"object"}}';

async function exact(era: "legacy" | "modern"): Promise<Exact> {
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
        initialize: `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"exact","version":"1"}}`,
        "server/discover": `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"exact","version":"1"}}`,
        "tools/list": `{${complete}"tools":[${tool}]}`,
        "tools/call": `{${complete}"content":[{"type":"text","text":"ok"}],"structuredContent":{"given":${/"arguments":(\{.*?\})[,}]/.exec(body)?.[1] ?? "null"}}}`,
      };
      if (method === "tools/call") ids.push(id);
      const known = results[method] !== undefined && !(method === "server/discover" && era === "legacy");
      if (id === "") return void response.writeHead(202).end();
      response.writeHead(known ? 200 : 404, {
        "content-type": "application/json",
        ...(method === "initialize" && era === "legacy" ? { "mcp-session-id": "one" } : {}),
      });
      const outcome = known ? `"result":${results[method]}` : `"error":{"code":-32601,"message":"none"}`;
      response.end(`{"jsonrpc":"2.0","id":${id},${outcome}}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${port}/mcp`, ids, close };
}

const cells = (["legacy", "modern"] as const).flatMap((client) =>
  (["legacy", "modern"] as const).flatMap((server) =>
    ["/mcp", "/mcp/exact"].map((path) => ({ client, server, path })),
  ),
);

describe.each(cells)("a $client client of a $server server at $path", ({ client, server: era, path }) => {
  test("has its numbers carried as they are, and those of the answer, and its ids", async () => {
    const server = await exact(era);
    const gateway = await gatewayFor({ exact: { url: server.url, era } });
    const meta =
      client === "modern"
        ? ',"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'
        : "";
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
      for (const id of ["9007199254740993", "12345678901234567890", '"12345678901234567890"', "7"]) {
        const params = `{"name":"${name}","arguments":${args}${meta}}`;
        const { text } = await ask(
          `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`,
          headers,
        );
        expect(text).toContain(`"id":${id},`);
        expect(text).toContain(`"given":${args}`);
        expect(text).not.toContain("\uE000");
      }
      expect(server.ids).toHaveLength(4);
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
