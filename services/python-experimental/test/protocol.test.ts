import { once } from "node:events";
import { request } from "node:http";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Registry } from "prom-client";
import { z } from "zod";
import { Operations } from "../../host/operations";
import { cancel, countedRequests, eventually, grown, scrape } from "../../host/test/support";
import { databaseEnvironment, describeWithPython, PythonServer, runPython, SERVICE } from "./support";

interface Answer {
  content: { text: string }[];
  structuredContent?: { status: string; stdout: string; result: string | null };
  isError?: boolean;
}

async function connected(
  era: "legacy" | "modern",
  transport: StdioClientTransport | StreamableHTTPClientTransport,
): Promise<Client> {
  const mode = era === "legacy" ? "legacy" : { pin: "2026-07-28" };
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return client;
}

async function run(client: Client, args: Record<string, unknown>): Promise<Answer> {
  return (await client.callTool({ name: "run_python", arguments: args })) as unknown as Answer;
}

describeWithPython("python-experimental", (python) => {
  let server: PythonServer;
  beforeAll(async () => {
    server = await PythonServer.start(python, { PYTHON_TIMEOUT_SECONDS: "5" });
  });
  afterAll(() => server.stop());

  const http = () => new StreamableHTTPClientTransport(server.url);
  // As the server's user: the client attaches to no other user's server.
  const as =
    python.user.uid === undefined ? [] : ["setpriv", "--reuid=10001", "--regid=10001", "--clear-groups"];
  const [command = "", ...args] = [...as, python.command, "-B", "-m", "python_experimental", "stdio"];
  const stdio = (socket: string) =>
    new StdioClientTransport({
      command,
      args,
      env: { PYTHONPATH: `${SERVICE}/src`, MCP_SOCKET: socket, ...databaseEnvironment() },
      stderr: "ignore",
    });

  test.each(["legacy", "modern"] as const)(
    "a client of the %s era runs code over HTTP and stdio",
    async (era) => {
      // A server that runs as another user than the client is none that the client would attach to.
      const attached = python.user.uid === undefined ? [stdio(server.socket)] : [];
      for (const transport of [http(), ...attached, stdio("/nonexistent")]) {
        const client = await connected(era, transport);
        expect(client.getServerVersion()?.name).toBe("python-experimental");
        const { tools } = await client.listTools();
        expect(tools.map(({ name }) => name)).toEqual(["run_python"]);
        expect(tools[0]?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true });
        const answer = await run(client, { code: "print('hello'); 6 * 7" });
        expect(answer.structuredContent).toMatchObject({ status: "ok", stdout: "hello\n", result: "42" });
        expect(JSON.parse(answer.content[0]?.text ?? "")).toEqual(answer.structuredContent);
        const failed = await run(client, { code: "1 / 0" });
        expect(failed.isError).toBe(true);
        expect(failed.structuredContent?.status).toBe("error");
        await client.close();
      }
    },
  );

  test.each(["legacy", "modern"] as const)(
    "promises a %s client no news that it never sends",
    async (era) => {
      const client = await connected(era, http());
      const { tools, resources, prompts } = client.getServerCapabilities() ?? {};
      expect([tools?.listChanged ?? false, resources, prompts]).toEqual([false, undefined, undefined]);
      await client.close();
    },
  );

  test("arguments that are wrong are errors of the tool", async () => {
    const client = await connected("modern", http());
    const wrong = async (args: Record<string, unknown>) => {
      const { isError, content } = await run(client, args);
      return `${isError} ${content[0]?.text}`;
    };
    expect(await wrong({})).toMatch(/^true Invalid arguments for tool run_python: code: /);
    for (const unknown of ["other", "timeout", "Code"])
      expect(await wrong({ code: "1", [unknown]: 1 })).toBe(
        `true Invalid arguments for tool run_python: there is no argument "${unknown}" here; there are code, stdin, timeout_seconds`,
      );
    const { tools } = await client.listTools();
    expect(tools[0]?.inputSchema).toMatchObject({ additionalProperties: false });
    await client.close();
  });

  test("counts the calls over HTTP and stdio alike, as the other servers do", async () => {
    const fresh = await PythonServer.start(python);
    try {
      const tool = "tools/call run_python";
      expect(await countedRequests(fresh.url)).toEqual({ [`${tool} -`]: 0, [`${tool} tool_error`]: 0 });
      for (const era of ["legacy", "modern"] as const) {
        for (const transport of [
          new StreamableHTTPClientTransport(fresh.url),
          // A server that runs as another user than the client is none that the client would attach to.
          ...(python.user.uid === undefined ? [stdio(fresh.socket)] : []),
        ]) {
          const client = await connected(era, transport);
          const before = await countedRequests(fresh.url);
          await run(client, { code: "1" });
          await run(client, { code: "1 / 0" });
          await run(client, { code: 1 });
          await client.listTools();
          await expect(client.callTool({ name: "rm -rf" })).rejects.toThrow(/Unknown tool/);
          await expect(client.request({ method: "made/up" }, z.object({}))).rejects.toThrow(/not found/i);
          expect(grown(before, await countedRequests(fresh.url))).toEqual({
            [`${tool} -`]: 1,
            [`${tool} tool_error`]: 1,
            [`${tool} invalid_arguments`]: 1,
            "tools/list - -": 1,
            "tools/call _OTHER -32602": 1,
            "_OTHER - -32601": 1,
          });
          await client.close();
        }
      }
    } finally {
      await fresh.stop();
    }
  });

  test.each(["legacy", "modern"] as const)(
    "logs each call of a client of the %s era: how it ended, by which limit, its trace, never its code",
    async (era) => {
      const fresh = await PythonServer.start(python, { PYTHON_TIMEOUT_SECONDS: "5" });
      const traceparent = (digit: string) => `00-${digit.repeat(32)}-${"1".repeat(16)}-01`;
      const requestInit = { headers: { traceparent: traceparent("a") } };
      const client = await connected(era, new StreamableHTTPClientTransport(fresh.url, { requestInit }));
      await run(client, { code: "'geheim'" });
      await run(client, { code: "raise ValueError('geheim')" });
      await run(client, { code: "while 'geheim': pass", timeout_seconds: 1 });
      const _meta = { traceparent: traceparent("b") };
      await client.callTool({ name: "run_python", arguments: { code: "1", geheim: 1 }, _meta });
      await client.close();
      await fresh.stop();
      const lines = fresh
        .logged()
        .split("\n")
        .filter((line) => line.includes('"message": "call"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const [tool, ms, trace] = ["run_python", expect.any(Number) as number, "a".repeat(32)];
      expect(lines).toMatchObject([
        { tool, ms, status: "ok", trace_id: trace },
        { tool, ms, status: "error", error: "tool_error", trace_id: trace },
        {
          ...{ tool, ms, status: "timeout", error: "tool_error", trace_id: trace },
          reason: "ended after 1 s, the call's timeout_seconds",
        },
        { tool, ms, error: "invalid_arguments", trace_id: "b".repeat(32) },
      ]);
      expect(lines[0]).not.toHaveProperty("error");
      expect(fresh.logged()).not.toContain("geheim");
    },
  );

  test("has the buckets of the other servers, so that theirs and its own can be summed", async () => {
    const registry = new Registry();
    new Operations(registry).know("run_python");
    const bounds = (text: string) => [...text.matchAll(/_bucket\{.*?le="([^"]*)"/g)].map(([, le]) => le);
    const own = bounds(await (await fetch(new URL("/metrics", server.url))).text());
    expect(new Set(own)).toEqual(new Set(bounds(await registry.metrics())));
  });

  test.each(["legacy", "modern"] as const)(
    "a run of a client of the %s era ends when it is cancelled, and when its client goes; others' go on",
    async (era) => {
      const active = async () =>
        (await scrape(server.url)).find(({ name }) => name === "mcp_server_active_requests")?.value;
      const ways = [http, ...(python.user.uid === undefined ? [() => stdio(server.socket)] : [])];
      const endless = { name: "run_python", arguments: { code: "while True: pass" } };
      for (const way of ways) {
        const [one, other] = [await connected(era, way()), await connected(era, way())];
        const before = await countedRequests(server.url);
        // Both calls have the same number.
        const aborted = new AbortController();
        const cancelled = one.callTool(endless, { signal: aborted.signal });
        const left = other.callTool(endless).catch(() => "left");
        await eventually(async () => (await active()) === 2);
        aborted.abort("enough");
        await expect(cancelled).rejects.toThrow();
        await eventually(async () => (await active()) === 1);
        expect((await run(one, { code: "6 * 7" })).structuredContent?.result).toBe("42");
        await other.close();
        expect(await left).toBe("left");
        await eventually(async () => (await active()) === 0);
        expect(grown(before, await countedRequests(server.url))).toEqual({
          "tools/call run_python cancelled": 2,
          "tools/call run_python -": 1,
        });
        await one.close();
      }
      expect(server.logged()).not.toContain("connection failed");
    },
  );

  test("nobody cancels another's run, and no number is taken for another", async () => {
    const transport = http();
    const client = await connected("legacy", transport);
    let ended = false;
    const aborted = new AbortController();
    const endless = { name: "run_python", arguments: { code: "while True: pass" } };
    const running = client.callTool(endless, { signal: aborted.signal }).finally(() => (ended = true));
    running.catch(() => undefined);
    for (const id of [0, 1, 2, 3]) {
      expect(await cancel(server.url, id)).toBe(202);
      expect(await cancel(server.url, id, "somebody-else")).toBe(202);
      expect(await cancel(server.url, String(id), transport.sessionId)).toBe(202);
    }
    expect(ended).toBe(false);
    aborted.abort("enough");
    await expect(running).rejects.toThrow();
    await client.close();
  });

  test("a limit that can't be had is refused, and one that ended a run is named", async () => {
    const client = await connected("modern", http());
    const [tool] = (await client.listTools()).tools;
    expect(JSON.stringify(tool?.inputSchema)).toContain('"maximum":5');
    for (const timeout_seconds of [6, 1000]) {
      const refused = await run(client, { code: "1", timeout_seconds });
      expect(refused.isError).toBe(true);
      expect(refused.content[0]?.text).toMatch(
        new RegExp(
          `^Invalid arguments for tool run_python: timeout_seconds: ${timeout_seconds} is more than the 5 s`,
        ),
      );
    }
    const ended = await run(client, {
      code: "print('before', end='')\nwhile True: pass",
      timeout_seconds: 1,
    });
    expect(ended.structuredContent).toMatchObject({
      status: "timeout",
      stdout: "before",
      reason: "ended after 1 s, the call's timeout_seconds",
    });
    await client.close();
  });

  test("health says which database does not answer", async () => {
    const { code, output } = await runPython(python, ["-m", "python_experimental", "health"], {
      MCP_PORT: server.url.port,
    });
    const ready = Boolean(process.env.TEST_POSTGRES_URL && process.env.TEST_MARIADB_URL);
    expect(code).toBe(ready ? 0 : 1);
    expect(output).toMatch(ready ? /^ready\n$/ : /^not ready: (postgres|mariadb): /);
    const none = await runPython(python, ["-m", "python_experimental", "health"], { MCP_PORT: "9" });
    expect([none.code, none.output]).toEqual([1, "no answer on port 9: Connection refused\n"]);
  });

  test("says what is wrong with its environment, and stops", async () => {
    const { code, output } = await runPython(python, ["-m", "python_experimental"], {
      POSTGRES_PASSWORD: "geheim",
    });
    expect(code).toBe(2);
    expect(output).toMatch(/POSTGRES_HOST is not set[^]*MARIADB_PASSWORD is not set/);
    expect(output).not.toContain("geheim");
  });

  test("refuses web pages that point their own name at it", async () => {
    const status = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(server.url, { headers, method: "POST" }, (response) => resolve(response.resume().statusCode))
          .on("error", reject)
          .end();
      });
    expect(await status({ host: "evil.example" })).toBe(403);
    expect(await status({ origin: "https://evil.example" })).toBe(403);
    expect(await status({ host: "python-experimental:8000" })).not.toBe(403);
  });

  test("a run in flight ends before the process does", async () => {
    const other = await PythonServer.start(python);
    try {
      const client = await connected("legacy", new StreamableHTTPClientTransport(other.url));
      const slow = run(client, { code: "import time; time.sleep(1.5); 'done'" });
      await new Promise((resolve) => setTimeout(resolve, 500));
      const exited = once(other.process, "exit");
      other.process.kill("SIGTERM");
      expect((await slow).structuredContent?.result).toBe("'done'");
      expect((await exited)[0]).toBe(0);
      expect(other.logged()).toContain("stopped");
    } finally {
      await other.stop();
    }
  });
});
