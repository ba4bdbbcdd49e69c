import { ids, numbers } from "../../host/test/numbers";
import { MODERN } from "../../host/test/program";
import { host, script } from "./support";

const args = `{"list":[${numbers.join(",")}],"text":"9007199254740993","object":[{"id":${numbers[0]}}]}`;
const question = `{"message":"?","requestedSchema":{"type":"object","properties":{}},"most":${numbers[2]}}`;
const answer = `{"action":"accept","content":{"n":${numbers[0]},"scale":1.0}}`;

/** A server of its own hand, as a program with exact numbers would be: it repeats what it gets, character by character. */
const exact = script(`
let call;
const say = (text) => process.stdout.write('{"jsonrpc":"2.0",' + text + "}\\n");
const found = (line, pattern) => (pattern.exec(line) ?? [])[1];
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { method, params } = JSON.parse(line);
  const id = found(line, /"id":("[^"]*"|[^,}]+)[,}]?(?=[^{]*$|"|,)/) ?? "";
  const own = found(line, /"id":([^,}]+)}$/) ?? id;
  if (method === "initialize") say('"id":' + own + ',"result":{"protocolVersion":"' + params.protocolVersion + '","capabilities":{"tools":{}},"serverInfo":{"name":"exact","version":"1"}}');
  else if (method === "tools/list") say('"id":' + own + ',"result":{"tools":[]}');
  else if (method === undefined) say(call + ',"result":{"content":[],"structuredContent":{"answer":' + found(line, /"result":({.*?}})/) + '}}');
  else if (params?.name === "ask") { call = '"id":' + own; say('"id":9007199254740993,"method":"elicitation/create","params":${question}'); }
  else if (method === "tools/call") {
    const token = found(line, /"progressToken":("[^"]*"|[^,}]+)/);
    if (token) say('"method":"notifications/progress","params":{"progressToken":' + token + ',"progress":1.0,"total":1e400}');
    const given = found(line, /"arguments":({"list".*?}\\]})/);
    if (params.name === "fail") say('"id":' + own + ',"error":{"code":-32001,"message":"no","data":' + given + '}');
    else say('"id":' + own + ',"result":{"content":[],"structuredContent":{"given":' + given + '},"_meta":{"n":1e400}}');
  }
});
`);

const cells = (["session", "shared"] as const).flatMap((process) =>
  (["legacy", "modern"] as const).map((era) => ({ process, era })),
);

describe.each(cells)("one process for each $process, a client of the $era era", ({ process, era }) => {
  let server: Awaited<ReturnType<typeof host>>;
  let headers: Record<string, string>;
  beforeAll(async () => {
    server = await host(exact, { HOSTED_PROCESS: process, HOSTED_CALL_SECONDS: "10" });
    headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": era === "modern" ? MODERN : "2025-11-25",
    };
    if (era === "modern") return;
    const params = `{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}`;
    const opened = await post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":${params}}`);
    headers["mcp-session-id"] = opened.headers.get("mcp-session-id")!;
    await opened.text();
  });
  afterAll(() => server.close());

  const post = (body: string, more: Record<string, string> = {}) =>
    fetch(server.url, { method: "POST", headers: { ...headers, ...more }, body });
  const meta = (token: string) =>
    `{"progressToken":${token}${
      era === "modern"
        ? `,"io.modelcontextprotocol/protocolVersion":"${MODERN}","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}`
        : ""
    }}`;
  const call = (id: string, name: string) =>
    post(
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}","arguments":${args},"_meta":${meta(id)}}}`,
      era === "modern" ? { "mcp-method": "tools/call", "mcp-name": name } : {},
    );

  test.each(ids)("a call with the id %s keeps its numbers on the way there and back", async (id) => {
    const said = await (await call(id, "repeat")).text();
    expect(said).toContain(`"id":${id}`);
    expect(said).toContain(`"structuredContent":{"given":${args}}`);
    expect(said).toContain('{"n":1e400');
    expect(said).toMatch(/"progress":1\.0,"total":1e400/);
    expect(said).toContain(`"progressToken":${id}`);
    expect(said).not.toContain("\uE000");
  });

  test("so do those of an error", async () => {
    const said = await (await call("9007199254740993", "fail")).text();
    expect(said).toContain('"id":9007199254740993');
    expect(said).toContain(`"data":${args}`);
  });

  if (era === "legacy" && process === "session") {
    test("so do those of a question, and of its answer", async () => {
      const stream = (await call("18446744073709551615", "ask")).body!.pipeThrough(new TextDecoderStream());
      let said = "";
      for await (const chunk of stream) {
        said += chunk;
        const id = /"id":(\d+)}/.exec(said)?.[1];
        if (!said.includes("elicitation/create") || said.includes('"answer"')) continue;
        expect(said).toContain(`"params":${question}`);
        await post(`{"jsonrpc":"2.0","id":${id},"result":${answer}}`);
      }
      expect(said).toContain(`"answer":${answer}`);
      expect(said).toContain('"id":18446744073709551615');
    });
  }
});
