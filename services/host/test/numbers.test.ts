import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { Calls } from "../calls";
import { withExactArguments } from "../exact-arguments";
import { createLogger } from "../log";
import type { Service } from "../program";
import { serveStreams } from "../stdio";
import { ids, numbers } from "./numbers";
import { MODERN } from "./program";
import { served } from "./serving";

/** A server whose tool says what it got, and tells of its progress first. */
function service(): Service & { got: unknown[] } {
  const got: unknown[] = [];
  const createServer = () => {
    const server = new McpServer({ name: "numbers", version: "1" });
    const inputSchema = z.object({
      value: z.union([z.number(), z.string()]),
      list: z.array(z.number()).optional(),
    });
    server.registerTool("take", { inputSchema }, async ({ value }, { mcpReq }) => {
      got.push(value);
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken !== undefined)
        await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress: 1 } });
      return { content: [{ type: "text", text: `${typeof value} ${String(value)}` }] };
    });
    return server;
  };
  return { createServer, checks: {}, close: async () => undefined, got };
}

const meta = (era: string, token: string) =>
  `"_meta":{"progressToken":${token}${
    era === "modern"
      ? `,"io.modelcontextprotocol/protocolVersion":"${MODERN}","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}`
      : ""
  }}`;

const call = (era: string, id: string, args: string, token = '"t"') =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"take","arguments":${args},${meta(era, token)}}}`;

type Ask = (body: string) => Promise<string>;

/** Asks over HTTP, or on a pair of streams, as the bytes say. */
const ways: Record<
  string,
  (service: Service, era: string) => Promise<{ ask: Ask; close: () => Promise<unknown> }>
> = {
  HTTP: async (given, era) => {
    const { url, close } = await served(given);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": era === "modern" ? MODERN : "2025-11-25",
      ...(era === "modern" ? { "mcp-method": "tools/call", "mcp-name": "take" } : {}),
    };
    return { ask: async (body) => (await fetch(url, { method: "POST", headers, body })).text(), close };
  },
  stdio: async (given) => ({
    ask: async (body) => {
      const [input, output] = [new PassThrough(), new PassThrough()];
      const { createServer } = withExactArguments(given);
      const serving = { createServer, calls: new Calls(), log: createLogger("error", () => undefined) };
      const client = serveStreams(serving, input, output);
      const said = textOf(output);
      let answered: () => void;
      const answer = new Promise<void>((resolve) => (answered = resolve));
      output.on("data", (chunk: Buffer) => /"result"|"error"/.test(chunk.toString()) && answered());
      input.write(`${body}\n`);
      await answer;
      await client.close();
      output.end();
      return said;
    },
    close: async () => undefined,
  }),
};

const cells = Object.keys(ways).flatMap((way) => ["legacy", "modern"].map((era) => ({ way, era })));

describe.each(cells)("over $way, in the $era era", ({ way, era }) => {
  let ask: Ask;
  let close: () => Promise<unknown>;
  const given = service();
  beforeAll(async () => ({ ask, close } = await ways[way]!(given, era)));
  afterAll(() => close());

  test.each(ids)("the id %s comes back as it came, and so does a progress token", async (id) => {
    const said = await ask(call(era, id, '{"value":1}', id));
    expect(said).toContain(`"id":${id}`);
    expect(said).toContain(`"progressToken":${id}`);
    expect(said).toContain("number 1");
    expect(said).not.toContain("\uE000");
  });

  test.each(numbers)("the argument %s gets to the tool as it is, or not at all", async (number) => {
    given.got.length = 0;
    const said = await ask(call(era, "1", `{"value":${number}}`));
    const same = ["1E2", "1.0", "0.10", "-0"].includes(number);
    expect(given.got).toEqual(same ? [Number(number)] : []);
    expect(said.includes('"isError":true')).toBe(!same);
    if (same) return;
    expect(said).toContain(`Invalid arguments for tool take: value is ${number}`);
    expect(said).toContain(`Send it as text, \\"${number}\\"`);
    expect(await ask(call(era, "2", `{"value":"${number}"}`))).toContain(`string ${number}`);
  });

  test("what is wrong is named by its place", async () => {
    const said = await ask(call(era, "1", '{"value":"x","list":[1,9007199254740993]}'));
    expect(said).toContain("list[1] is 9007199254740993, which would get to the tool as 9007199254740992");
  });
});
