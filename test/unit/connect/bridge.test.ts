import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { bridge } from "../../../services/connect/src/bridge";
import { ids, numbers } from "../../../services/host/test/numbers";
import { LineTransport } from "../../../services/host/line-transport";

type Message = Record<string, unknown> & {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
};

/** What every request of the era without sessions carries. */
const envelope = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};
const initialize = {
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};
const echo = (word: string) => ({ name: "echo", arguments: { text: word } });

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A client on the bridge's streams, as a program that started `mcp-connect` is. */
function connect(url: string, patienceMs = 10_000, answersMs = 10_000) {
  const input = new PassThrough();
  const output = new PassThrough();
  const lines: Message[] = [];
  const log: string[] = [];
  const news = new PassThrough();
  let rest = "";
  let said = "";
  output.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const parts = `${rest}${chunk.toString()}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((line) => JSON.parse(line) as Message));
    news.emit("news");
  });
  const local = new LineTransport(input, output);
  const ended = bridge({
    name: "fruit",
    url: new URL(url),
    local,
    patienceMs,
    answersMs,
    log: (line) => {
      log.push(line);
      news.emit("news");
    },
  });
  open.push(() => {
    input.end();
    return ended;
  });
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(news, "news");
  };
  let id = 0;
  /** Several messages arrive at once, as they may on a pipe. */
  const send = (...messages: object[]) =>
    input.write(messages.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`).join(""));
  return {
    lines,
    said: () => said,
    log,
    until,
    ended,
    send,
    write: (text: string) => input.write(text),
    stop: () => local.close(),
    end: () => input.end(),
    ask: async (method: string, params?: object): Promise<Message> => {
      const mine = ++id;
      send({ id: mine, method, ...(params ? { params } : {}) });
      await until(() => lines.some((line) => line.id === mine));
      return lines.find((line) => line.id === mine) as Message;
    },
  };
}

/** Serves at a port of the loopback until the test ends. */
async function serve(
  listener: RequestListener,
  port = 0,
): Promise<{ url: string; port: number; server: Server }> {
  const server = createServer(listener).listen(port, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const bound = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${bound}/mcp`, port: bound, server };
}

/** A real MCP server with a tool that gives back what it is sent. */
function fruitServer(seen: IncomingMessage[] = []): RequestListener {
  const handler = toNodeHandler(
    createMcpHandler(() => {
      const server = new McpServer({ name: "fruit", version: "1.0.0" });
      server.registerTool("echo", { inputSchema: z.object({ text: z.string() }) }, (fruit) => ({
        content: [{ type: "text", text: fruit.text }],
      }));
      return server;
    }),
  );
  return (request, response) => {
    seen.push(request);
    void handler(request, response);
  };
}

const textOf = ({ result }: Message) => (result?.content as { text: string }[])[0]?.text;

describe("the bridge to an MCP server", () => {
  it("serves a client that opens a session, and tells the server the version they agreed on", async () => {
    const seen: IncomingMessage[] = [];
    const { url } = await serve(fruitServer(seen));
    const client = connect(url);
    const answer = await client.ask(initialize.method, initialize.params);
    expect(answer.result).toMatchObject({ protocolVersion: "2025-11-25", serverInfo: { name: "fruit" } });
    client.send({ method: "notifications/initialized" });
    expect(textOf(await client.ask("tools/call", echo("apple\nüß")))).toBe("apple\nüß");
    expect(seen.at(-1)?.headers["mcp-protocol-version"]).toBe("2025-11-25");
  });

  it("serves a client of the era without sessions", async () => {
    const { url } = await serve(fruitServer());
    const client = connect(url);
    expect((await client.ask("server/discover", envelope)).result).toMatchObject({
      supportedVersions: ["2026-07-28"],
    });
    expect(textOf(await client.ask("tools/call", { ...echo("pear"), ...envelope }))).toBe("pear");
  });

  it("passes messages on as they are, also what it has never heard of", async () => {
    const bodies: unknown[] = [];
    const answer = { future: { deeply: ["nested", 1.5, null] } };
    const { url } = await serve((request, response) => {
      void text(request).then((body) => {
        bodies.push(JSON.parse(body));
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: answer }));
      });
    });
    const client = connect(url);
    const params = { _meta: { "com.example/trace": "x" }, anything: [{ goes: true }] };
    expect((await client.ask("future/method", params)).result).toEqual(answer);
    expect(bodies).toEqual([{ jsonrpc: "2.0", id: 1, method: "future/method", params }]);
  });

  it("waits for a server that is not there yet", async () => {
    const before = await serve(() => undefined);
    before.server.close();
    const client = connect(before.url);
    const answer = client.ask("tools/call", { ...echo("late"), ...envelope });
    await client.until(() => client.log.some((line) => /waiting for fruit: connect ECONNREFUSED/.test(line)));
    await serve(fruitServer(), before.port);
    expect(textOf(await answer)).toBe("late");
  });

  it("asks again where a server that stops has turned it away", async () => {
    let stopping = true;
    const fruit = fruitServer();
    const { url } = await serve((request, response) => {
      if (!stopping) return fruit(request, response);
      stopping = false;
      response.writeHead(503).end();
    });
    expect(textOf(await connect(url).ask("tools/call", { ...echo("again"), ...envelope }))).toBe("again");
  });

  it("says which server can't be reached, and what to do", async () => {
    const gone = await serve(() => undefined);
    gone.server.close();
    const { error } = await connect(gone.url, 0).ask(initialize.method, initialize.params);
    expect(error?.message).toMatch(
      /^fruit \(http:\S+\): can't be reached: connect ECONNREFUSED .*npm run up/,
    );
  });

  it("never sends a request twice that a server may have begun to work on", async () => {
    let calls = 0;
    const { url } = await serve((request) => {
      calls += 1;
      request.socket.destroy();
    });
    const { error } = await connect(url).ask("tools/call", { ...echo("once"), ...envelope });
    expect(error?.message).toMatch(/^fruit \(http:\S+\): fetch failed: /);
    expect(calls).toBe(1);
  });

  it("says when the connection ends before the answer", async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).end();
    });
    const { error } = await connect(url).ask("tools/call", { ...echo("half"), ...envelope });
    expect(error?.message).toBe("fruit ended the connection before it answered");
  });

  it("hands on a server's refusal in its own words", async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32000, message: "not you" } }));
    });
    const { error } = await connect(url).ask(initialize.method, initialize.params);
    expect(error).toEqual({ code: -32000, message: "not you" });
  });

  it("cancels a request of the era without sessions by breaking its stream off", async () => {
    const closed = new PassThrough();
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": working\n\n");
      response.once("close", () => closed.emit("broken"));
      closed.emit("begun");
    });
    const client = connect(url);
    const begun = once(closed, "begun");
    const broken = once(closed, "broken");
    client.send({ id: 7, method: "tools/call", params: { ...echo("slow"), ...envelope } });
    await begun;
    client.send({ method: "notifications/cancelled", params: { requestId: 7 } });
    await broken;
    expect(client.lines).toEqual([]);
  });

  it("skips a line that is no message", async () => {
    const { url } = await serve(fruitServer());
    const client = connect(url);
    const call = { id: 1, method: "tools/call", params: { ...echo("plum"), ...envelope } };
    client.send({ jsonrpc: "1.0" }, call);
    await client.until(() => client.lines.length > 0);
    expect(client.lines.map(textOf)).toEqual(["plum"]);
  });

  const eras = { legacy: {}, modern: envelope };
  it.each(["legacy", "modern"] as const)(
    "answers what was asked before the end of the input, %s",
    async (era) => {
      const { url } = await serve(fruitServer());
      const client = connect(url);
      if (era === "legacy") client.send({ id: 1, ...initialize }, { method: "notifications/initialized" });
      client.send(
        ...["one", "two"].map((word, at) => ({
          id: at + 2,
          method: "tools/call",
          params: { ...echo(word), ...eras[era] },
        })),
        { id: 9, method: "subscriptions/listen", params: { notifications: {}, ...envelope } },
      );
      client.end();
      await client.ended;
      const answered = client.lines.filter(({ id, result }) => result && id !== 1);
      expect(answered.map(textOf).sort()).toEqual(["one", "two"]);
    },
  );

  it("ends at the end of an input that has nothing in it", async () => {
    const { url } = await serve(fruitServer());
    const client = connect(url);
    client.end();
    await client.ended;
    expect(client.said()).toBe("");
  });

  it.each(numbers)("passes the number %s on and back as it is, as an id too", async (number) => {
    const bodies: string[] = [];
    const id = ids.includes(number as never) ? number : '"one"';
    const answer = `{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete","n":[${number}],"text":"${number}"}}`;
    const news = `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${id},"progress":${number}}}`;
    let streams = false;
    const { url } = await serve((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        response.writeHead(200, { "content-type": streams ? "text/event-stream" : "application/json" });
        if (!streams) return response.end(answer);
        response.write(`data: ${news}\n\ndata: ${answer.slice(0, 50)}`);
        setImmediate(() => response.end(`${answer.slice(50)}\n\n`));
      });
    });
    const client = connect(url);
    const params = `{"name":"echo","arguments":{"n":${number}},"_meta":{"progressToken":${id}}}`;
    const request = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;
    for (const expected of [`${answer}\n`, `${news}\n${answer}\n`]) {
      const before = client.said().length;
      client.write(`${request}\n`);
      await client.until(() => client.said().endsWith(`${answer}\n`) && client.said().length > before);
      expect(client.said().slice(before)).toBe(expected);
      streams = true;
    }
    expect(bodies.every((body) => body.includes(`"params":${params}`) && body.includes(`"id":${id}`))).toBe(
      true,
    );
  });

  it.each(["is stopped", "has closed its side and waits no longer"])(
    "lets go of the server when it %s",
    async (how) => {
      const closed = new PassThrough();
      const { url } = await serve((_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).write(": working\n\n");
        response.once("close", () => closed.emit("broken"));
        closed.emit("begun");
      });
      const stopped = how === "is stopped";
      const client = connect(url, 10_000, stopped ? 60_000 : 1);
      const begun = once(closed, "begun");
      const broken = once(closed, "broken");
      client.send({ id: 1, method: "tools/call", params: { ...echo("slow"), ...envelope } });
      await begun;
      if (stopped) void client.stop();
      else client.end();
      await Promise.all([client.ended, broken]);
    },
  );
});
