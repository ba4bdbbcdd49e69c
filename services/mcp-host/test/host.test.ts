import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { ask, type Served } from "../../host/test/serving";
import { BundledProgram, MODERN } from "../../host/test/program";
import { eventually, scrape } from "../../host/test/support";
import { everything, hasPip, host, installTimeServer, script } from "./support";

const metric = async ({ url }: Served, name: string) =>
  (await scrape(url)).find((sample) => sample.name === name)?.value;
const health = async ({ url }: Served) => (await fetch(new URL("/health", url))).status;

/** A server of its own hand: it counts its calls, and can end, hang or write to its standard error. */
const counter = script(`
const readline = require("node:readline").createInterface({ input: process.stdin });
let count = 0, mute = false;
const say = (message) => mute || process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
const tools = ["count", "end", "hang", "environment"].map((name) => ({ name, inputSchema: { type: "object" } }));
readline.on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  const text = (value) => say({ id, result: { content: [{ type: "text", text: String(value) }] } });
  if (method === "initialize") say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "counter", version: "1" } } });
  else if (method === "tools/list") say({ id, result: { tools } });
  else if (method === "ping") say({ id, result: {} });
  else if (params?.name === "count") text((count += 1));
  else if (params?.name === "environment") text(Object.keys(process.env).sort());
  else if (params?.name === "end") { console.error("I go"); process.exit(3); }
  else if (params?.name === "hang") mute = true;
});
`);

describe.each(["session", "shared"] as const)("a server from npm, one process for each %s", (process) => {
  let server: Served;
  beforeAll(async () => (server = await host(everything, { HOSTED_PROCESS: process })));
  afterAll(() => server.close());

  test.each(["legacy", "modern"] as const)("is used by a client of the %s era", async (era) => {
    const client = await server.client(era);
    expect(client.getServerVersion()?.name).toMatch(/everything/);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["echo", "get-sum"]));
    expect(await ask(client, "echo", { message: "hello" })).toEqual({ text: "Echo: hello", isError: false });
    expect((await ask(client, "no-such-tool")).isError).toBe(true);
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain("simple-prompt");
    const { resources } = await client.listResources();
    const read = await client.readResource({ uri: resources[0]!.uri });
    expect(read.contents).toHaveLength(1);
    const steps: number[] = [];
    await client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 0.2, steps: 2 } },
      { onprogress: ({ progress }) => void steps.push(progress) },
    );
    expect(steps).toContain(1); // the client's SDK may lose what comes with the result
  });

  test("counts the calls by tool", async () => {
    const calls = (await scrape(server.url)).filter(
      ({ name, labels }) =>
        name === "mcp_server_operation_duration_seconds_count" &&
        labels.gen_ai_tool_name === "echo" &&
        !labels.error_type,
    );
    expect(calls.map(({ value }) => value)).toEqual([2]);
    expect(await health(server)).toBe(200);
  });
});

test("only clients whose own process it is are promised its news and its log", async () => {
  const heard = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    logging: {},
  };
  const promised = async (process: string, era: "legacy" | "modern") => {
    const server = await host(everything, { HOSTED_PROCESS: process });
    const { tools, resources, prompts, logging } = (await server.client(era)).getServerCapabilities() ?? {};
    await server.close();
    return { tools, resources, prompts, logging };
  };
  expect(await promised("session", "legacy")).toMatchObject(heard);
  for (const [process, era] of [
    ["session", "modern"],
    ["shared", "legacy"],
    ["shared", "modern"],
  ] as const)
    expect(await promised(process, era)).toEqual({
      tools: {},
      resources: {},
      prompts: {},
      logging: undefined,
    });
});

test("what the server asks reaches the client of its session, and the answer the server", async () => {
  const server = await host(everything);
  const client = new Client({ name: "test", version: "1" }, { capabilities: { sampling: {} } });
  client.setRequestHandler("sampling/createMessage", async () => ({
    role: "assistant",
    model: "test",
    content: { type: "text", text: "sampled by the test" },
  }));
  await client.connect(new StreamableHTTPClientTransport(server.url));
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain("trigger-sampling-request");
  expect((await ask(client, "trigger-sampling-request", { prompt: "?", maxTokens: 5 })).text).toContain(
    "sampled by the test",
  );
  await client.close();
  await server.close();
});

describe("processes", () => {
  let server: Awaited<ReturnType<typeof host>>;
  afterEach(() => server.close());
  const count = async (client: Client) => (await ask(client, "count")).text;

  test("a session has its own, which ends with it; a request without a session has a fresh one", async () => {
    server = await host(counter);
    const [one, other, modern] = [
      await server.client("legacy"),
      await server.client("legacy"),
      await server.client("modern"),
    ];
    expect([await count(one), await count(one), await count(other)]).toEqual(["1", "2", "1"]);
    expect([await count(modern), await count(modern)]).toEqual(["1", "1"]);
    await eventually(async () => (await metric(server, "mcp_host_processes")) === 3); // two, and one in reserve
    await (one.transport as StreamableHTTPClientTransport).terminateSession();
    await eventually(async () => (await metric(server, "mcp_host_processes")) === 2);
    expect((await ask(one, "count")).isError).toBe(true);
    expect(await count(other)).toBe("2");
  });

  test("clients that come at once have one each, those of requests without a session too", async () => {
    server = await host(counter);
    const sessions = await Promise.all(Array.from({ length: 4 }, () => server.client("legacy")));
    expect(await Promise.all(sessions.map(count))).toEqual(["1", "1", "1", "1"]);
    const modern = await server.client("modern");
    expect(await Promise.all([count(modern), count(modern), count(modern)])).toEqual(["1", "1", "1"]);
    await eventually(async () => (await metric(server, "mcp_host_processes")) === 5); // four, and one in reserve
  });

  test("a client that can do nothing does not wait for a start: one is in reserve", async () => {
    const starts = join(mkdtempSync(join(tmpdir(), "starts-")), "starts");
    const slow = script(`
      require("node:fs").appendFileSync(${JSON.stringify(starts)}, "x");
      const mute = require("node:fs").readFileSync(${JSON.stringify(starts)}, "utf8").length > 2;
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { id, method, params } = JSON.parse(line);
        const result = method === "initialize" ? { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "slow", version: "1" } } : {};
        if (!mute && id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
      });`);
    server = await host(slow, { HOSTED_START_SECONDS: "2" }); // it starts one to know its tools, and one in reserve
    expect((await server.client("legacy")).getServerVersion()?.name).toBe("slow");
    await expect(server.client("legacy")).rejects.toThrow(/did not start/);
    rmSync(starts);
  });

  test("all share one where the settings say so", async () => {
    server = await host(counter, { HOSTED_PROCESS: "shared" });
    const clients = [await server.client("legacy"), await server.client("modern")];
    expect([await count(clients[0]!), await count(clients[1]!), await count(clients[0]!)]).toEqual([
      "1",
      "2",
      "3",
    ]);
    expect(await metric(server, "mcp_host_processes")).toBe(1);
  });

  test("one that ends is an error of its call and the end of its session; others go on", async () => {
    server = await host(counter);
    const [one, other] = [await server.client("legacy"), await server.client("legacy")];
    expect((await ask(one, "end")).isError).toBe(true);
    expect((await ask(one, "count")).text).toMatch(/no such session/);
    expect(await count(other)).toBe("1");
    expect(server.log()).toContain("I go");
    expect(await health(server)).toBe(200);
  });

  test("a shared one that ends is started again for the next call", async () => {
    server = await host(counter, { HOSTED_PROCESS: "shared" });
    const client = await server.client("modern");
    expect(await count(client)).toBe("1");
    expect((await ask(client, "end")).isError).toBe(true);
    await eventually(async () => (await count(client)) === "1");
    expect(await metric(server, "mcp_host_processes")).toBe(1);
  });

  test("are no more than allowed: those of sessions that nobody uses make room, also for requests without one", async () => {
    server = await host(counter, { HOSTED_PROCESSES: "2" });
    const clients: Client[] = [];
    for (let times = 0; times < 5; times += 1) {
      clients.push(await server.client("legacy"));
      expect(await count(clients.at(-1)!)).toBe("1");
      expect(await metric(server, "mcp_host_processes")).toBeLessThanOrEqual(2);
    }
    expect((await ask(clients[0]!, "count")).text).toMatch(/no such session/);
    expect(await count(clients[4]!)).toBe("2");
    const modern = await server.client("modern");
    expect(await count(modern)).toBe("1");
    expect(await metric(server, "mcp_host_processes")).toBeLessThanOrEqual(2);
    expect(await count(await server.client("legacy"))).toBe("1");
  });

  test("where all have a call, who comes is told what to set", async () => {
    server = await host(counter, { HOSTED_PROCESSES: "1", HOSTED_CALL_SECONDS: "600" });
    const client = await server.client("legacy");
    const aborted = new AbortController();
    const call = client.callTool({ name: "hang", arguments: {} }, { signal: aborted.signal });
    call.catch(() => undefined);
    await eventually(async () => (await metric(server, "mcp_server_active_requests")) === 1);
    await expect(server.client("legacy")).rejects.toThrow(/HOSTED_PROCESSES.*servers\.NAME\.processes/);
    aborted.abort();
  });

  test.each(["modern", "legacy"] as const)(
    "where all have a call, a client of the %s era is told by a 503",
    async (era) => {
      server = await host(counter, {
        HOSTED_PROCESSES: "1",
        HOSTED_CALL_SECONDS: "600",
        HOSTED_NAME: "clock",
      });
      const client = await server.client("legacy");
      const aborted = new AbortController();
      const call = client.callTool({ name: "hang", arguments: {} }, { signal: aborted.signal });
      call.catch(() => undefined);
      await eventually(async () => (await metric(server, "mcp_server_active_requests")) === 1);
      const answer = await fetch(server.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...(era === "modern" ? { "mcp-protocol-version": MODERN, "mcp-method": "tools/list" } : {}),
        },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 7,
          ...(era === "modern"
            ? {
                method: "tools/list",
                params: {
                  _meta: {
                    "io.modelcontextprotocol/protocolVersion": MODERN,
                    "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
                    "io.modelcontextprotocol/clientCapabilities": {},
                  },
                },
              }
            : {
                method: "initialize",
                params: {
                  protocolVersion: "2025-11-25",
                  capabilities: {},
                  clientInfo: { name: "t", version: "1" },
                },
              }),
        }),
      });
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
      const { id, error } = (await answer.json()) as { id: number; error: { message: string } };
      expect(id).toBe(7);
      expect(error.message).toMatch(
        /all 1 (processes|sessions) of clock are in use.*servers\.clock\.processes/i,
      );
      aborted.abort();
    },
  );

  test("one whose client is gone ends when nothing was asked for long", async () => {
    server = await host(counter, { HOSTED_PROCESSES: "2", HOSTED_IDLE_SECONDS: "1" });
    const client = await server.client("legacy");
    await eventually(async () => (await metric(server, "mcp_host_processes")) === 2); // its own, and one in reserve
    await client.close(); // it goes without a word, as one that is killed
    await eventually(async () => (await metric(server, "mcp_host_processes")) === 1);
  });

  test("a call that takes too long is an error", async () => {
    server = await host(counter, { HOSTED_CALL_SECONDS: "1" });
    const client = await server.client("legacy");
    expect((await ask(client, "hang")).text).toMatch(/timed out/i);
  });

  test("get the variables that the settings name, and no others", async () => {
    process.env.SECRET_OF_THE_HOST = "x";
    server = await host(counter, { HOSTED_ENVIRONMENT: "TOKEN", TOKEN: "t", OTHER: "o" });
    const names = (await ask(await server.client("modern"), "environment")).text;
    expect(names).toMatch(/TOKEN/);
    expect(names).not.toMatch(/OTHER|SECRET_OF_THE_HOST|HOSTED/);
  });

  test("get variables of their own, which may be called like the host's, and further arguments", async () => {
    const echo = script(`
      const say = (id, result) => console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
      const tools = [{ name: "told", inputSchema: { type: "object" } }];
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { id, method, params } = JSON.parse(line);
        const told = [process.env.LOG_LEVEL, ...process.argv.slice(1)].join(" ");
        if (method === "initialize") say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "echo", version: "1" } });
        else if (method === "tools/list") say(id, { tools });
        else if (method === "tools/call") say(id, { content: [{ type: "text", text: told }] });
      });`);
    server = await host(echo, {
      HOSTED_VARIABLE_LOG_LEVEL: "loud",
      HOSTED_ARGUMENTS: '["at", "two words"]',
    });
    const { text } = await ask(await server.client("modern"), "told");
    expect(text).toBe("loud at two words");
  });
});

test("a command that can't be run ends the program, with its name and what it wrote", async () => {
  const program = new BundledProgram(join(__dirname, "..", "src", "main.ts"));
  const run = (command: string) => program.run(["http"], { HOSTED_COMMAND: command, MCP_PORT: "0" });
  expect(await run("no-such-program")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no-such-program.*did not start/) as string,
  });
  const failing = await run(script('console.error("a word of why"); process.exit(1)'));
  expect(failing).toMatchObject({ code: 1, stderr: expect.stringContaining("a word of why") as string });
  expect(await run("")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("HOSTED_COMMAND is not set") as string,
  });
  program.remove();
});

const python = hasPip() ? describe : describe.skip;
python("a server from PyPI (skipped where python3 has no pip)", () => {
  let folder: string;
  beforeAll(() => (folder = installTimeServer()));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(["legacy", "modern"] as const)("is used by a client of the %s era", async (era) => {
    const server = await host("python3 -m mcp_server_time --local-timezone UTC", {
      HOSTED_ENVIRONMENT: "PYTHONPATH",
      PYTHONPATH: folder,
    });
    const client = await server.client(era);
    const { text } = await ask(client, "convert_time", {
      source_timezone: "Europe/Copenhagen",
      time: "12:00",
      target_timezone: "Asia/Tokyo",
    });
    expect(JSON.parse(text)).toMatchObject({ target: { timezone: "Asia/Tokyo" } });
    await server.close();
  });
});
