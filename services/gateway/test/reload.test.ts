import { pbkdf2 } from "node:crypto";
import { mkdtempSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { createLogger } from "../../host/log";
import { scrape } from "../../host/test/support";
import { followConfiguration } from "../src/config/follow";
import { checkSettings, loadSettings } from "../src/config/load";
import { fixedServer } from "../../host/fixed-server";
import { watchFiles } from "../../host/watch-files";
import { type Gateway, startGateway } from "../src/server";
import { type Fixture, serveFixture } from "./fixture/serve";
import { held, toolbox } from "./fixture/toolbox";
import { connect, eventually, hashed, modernRequest, textOf } from "./support";

const open: { close(): Promise<unknown> }[] = [];
const lines: Record<string, unknown>[] = [];
const log = createLogger("info", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));

const key = (letter: string) => letter.repeat(40);

afterEach(async () => {
  lines.length = 0;
  held.splice(0).forEach((release) => release());
  for (const item of open.splice(0).reverse()) await item.close();
});

/** A server that is closed after its test. */
async function served(name: string, era: "modern" | "legacy" | "both"): Promise<Fixture> {
  const fixture = await serveFixture((serving) => toolbox(name, serving), era);
  open.push(fixture);
  return fixture;
}

/** A server that tells of nothing, and is closed after its test. */
async function still(port?: number): Promise<Fixture> {
  const create = () => {
    const server = fixedServer({ name: "still", version: "1" }, { instructions: "" });
    server.registerTool("echo", {}, () => ({ content: [] }));
    return server;
  };
  const fixture = await serveFixture(create, "modern", port);
  open.push(fixture);
  return fixture;
}

/** A client that is closed after its test. */
async function client(...parts: Parameters<typeof connect>): Promise<Client> {
  const connected = await connect(...parts);
  open.push(connected);
  return connected;
}

/** A gateway that is stopped after its test; `reload` gives it other settings on the same address. */
async function gateway(settings: Record<string, unknown>) {
  const checked = (own: Record<string, unknown>) =>
    checkSettings({ host: "127.0.0.1", port: 0, drainSeconds: 1, ...own });
  const started: Gateway = await startGateway(checked(settings), log);
  open.push({ close: () => started.stop() });
  const url = (path = "/mcp") => `http://127.0.0.1:${started.port}${path}`;
  const sample = async (name: string) => (await scrape(new URL(url()))).find((one) => one.name === name);
  return {
    url,
    reload: (own: Record<string, unknown>) => started.reload(() => checked(own)),
    shown: (adminKey: string) => fetch(url("/config"), { headers: { "x-api-key": adminKey } }),
    version: async () =>
      ((await (await fetch(url("/health"))).json()) as { config: { sequence: number; hash: string } }).config,
    value: async (name: string) => (await sample(name))?.value,
  };
}

/** Calls again and again until it is told to stop; gives how many calls were answered. What fails is thrown. */
function load(connected: Client, tool: string): () => Promise<number> {
  let stopped = false;
  let answered = 0;
  const run = async () => {
    while (!stopped) {
      const value = `call ${(answered += 1)}`;
      expect(textOf(await connected.callTool({ name: tool, arguments: { value } }))).toContain(value);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return async () => {
    stopped = true;
    await running;
    return answered;
  };
}

/** Opens the stream on which a client hears of changes, and reads it. */
async function openStream(url: string, era: "modern" | "legacy", own: Record<string, string>) {
  const control = new AbortController();
  let response: Response;
  if (era === "modern") {
    const params = { notifications: { toolsListChanged: true } };
    const asked = modernRequest({ method: "subscriptions/listen", params, headers: own });
    response = await fetch(url, { ...asked, signal: control.signal });
  } else {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    const opened = await fetch(url, {
      method: "POST",
      headers: {
        ...own,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params }),
      signal: control.signal,
    });
    await opened.text();
    const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    const headers = { ...own, ...session, accept: "text/event-stream" };
    response = await fetch(url, { headers, signal: control.signal });
  }
  expect(response.status).toBe(200);
  const read = async () => {
    const reader = response.body!.getReader();
    while (!(await reader.read()).done);
  };
  return { ended: read().catch(() => undefined), close: () => control.abort() };
}

describe("a reload", () => {
  it("changes a client's key while both are in use, and no call fails", async () => {
    const one = await served("one", "both");
    const servers = { one: { url: one.url } };
    const clients = (...keys: string[]) => ({ ide: { keys: keys.map(hashed) } });
    const { url, reload } = await gateway({ servers, clients: clients(key("a")) });
    const loads = [];
    for (const era of ["modern", "legacy"] as const) {
      for (const [path, tool] of [
        ["/mcp", "one__echo"],
        ["/mcp/one", "echo"],
      ] as const) {
        loads.push(load(await client(url(path), era, {}, { "x-api-key": key("a") }), tool));
      }
    }
    await expect(connect(url(), "modern", {}, { "x-api-key": key("b") })).rejects.toThrow();
    expect(await reload({ servers, clients: clients(key("a"), key("b")) })).toBe("applied");
    loads.push(load(await client(url(), "modern", {}, { "x-api-key": key("b") }), "one__echo"));
    const answered = await Promise.all(loads.map((stop) => stop()));
    expect(Math.min(...answered)).toBeGreaterThan(0);
    expect(await reload({ servers, clients: clients(key("b")) })).toBe("applied");
    await expect(connect(url(), "modern", {}, { "x-api-key": key("a") })).rejects.toThrow();
  });

  it.each([
    ["modern", "/mcp"],
    ["modern", "/mcp/one"],
    ["legacy", "/mcp"],
    ["legacy", "/mcp/one"],
  ] as const)("ends the streams of a %s client at %s once its key is withdrawn", async (era, path) => {
    const one = await served("one", "both");
    const servers = { one: { url: one.url } };
    const clients = {
      ide: { keys: [hashed(key("a")), hashed(key("b"))] },
      bot: { keys: [hashed(key("c"))] },
    };
    const { url, reload } = await gateway({ servers, clients });
    const streams = await Promise.all(
      ["a", "b", "c"].map((letter) => openStream(url(path), era, { "x-api-key": key(letter) })),
    );
    const ends = streams.map(() => false);
    streams.forEach((stream, index) => void stream.ended.then(() => (ends[index] = true)));
    const left = { ide: { keys: [hashed(key("a"))] }, bot: { ...clients.bot, deny: ["one__echo"] } };
    await reload({ servers, clients: left });
    // The second key is gone, and the other client has other rights.
    await eventually(() => ends[1] === true && ends[2] === true);
    expect(ends[0]).toBe(false);
    streams.forEach(({ close }) => close());
  });

  it("leaves servers whose settings it does not change, with their sessions", async () => {
    const kept = await served("kept", "legacy");
    const added = await served("added", "modern");
    const { url, reload } = await gateway({ servers: { kept: { url: kept.url } } });
    const connected = await client(url(), "legacy");
    const count = async () => textOf(await connected.callTool({ name: "kept__count", arguments: {} }));
    expect(await count()).toBe("1");
    const opened = kept.opened();
    await reload({ servers: { kept: { url: kept.url, calls: 5 }, added: { url: added.url } } });
    expect(await count()).toBe("2");
    expect(kept.opened()).toBe(opened);
    expect((await connected.listTools()).tools.map(({ name }) => name)).toContain("added__echo");
  });

  it("lets the calls on a server that it takes away come to their end", async () => {
    const [stays, goes] = [await served("stays", "modern"), await served("goes", "modern")];
    const servers = { stays: { url: stays.url }, goes: { url: goes.url } };
    const { url, reload } = await gateway({ servers });
    const connected = await client(url(), "modern");
    const running = connected.callTool({ name: "goes__hold", arguments: {} });
    await eventually(() => held.length === 1);
    await reload({ servers: { stays: servers.stays }, drainSeconds: 0 });
    await expect(connected.callTool({ name: "goes__echo", arguments: { value: "" } })).rejects.toThrow(
      /Unknown name/,
    );
    held.splice(0).forEach((release) => release());
    expect(textOf(await running)).toBe("goes was let go");
  });

  it.each(["modern", "legacy"] as const)("tells a listening %s client of other servers", async (era) => {
    const [one, two] = [await served("one", era), await served("two", era)];
    const { url, reload } = await gateway({ servers: { one: { url: one.url } } });
    const connected = await client(url(), era);
    let told = 0;
    connected.setNotificationHandler("notifications/tools/list_changed", () => void (told += 1));
    if (era === "modern") await connected.listen({ toolsListChanged: true });
    else await eventually(() => one.seen.some(({ method }) => method === "GET"));
    await reload({ servers: { one: { url: one.url }, two: { url: two.url } } });
    await eventually(() => told > 0);
  });

  it.each(["modern", "legacy"] as const)(
    "promises a %s client of all servers to tell of others, though none tells of anything, and one server's nothing",
    async (era) => {
      const [one, two] = [await still(), await still()];
      const { url, reload } = await gateway({ servers: { one: { url: one.url } } });
      const scoped = await client(url("/mcp/one"), era);
      expect(scoped.getServerCapabilities()?.tools).toEqual({ listChanged: false });
      const connected = await client(url(), era);
      expect(connected.getServerCapabilities()?.tools).toEqual({ listChanged: true });
      let told = 0;
      connected.setNotificationHandler("notifications/tools/list_changed", () => void (told += 1));
      const listened = () =>
        one.seen.filter(({ headers }) => headers["mcp-method"] === "subscriptions/listen").length;
      if (era === "modern") {
        const { honoredFilter } = await connected.listen({ toolsListChanged: true });
        expect(honoredFilter).toEqual({ toolsListChanged: true });
      } else await eventually(() => listened() === 2); // for each of the two clients
      const before = listened();
      await reload({ servers: { one: { url: one.url }, two: { url: two.url } } });
      await eventually(() => told > 0);
      // A server that tells of nothing ends its stream at once; to ask again and again would be news without end.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect([told, listened()]).toEqual([1, before]);
    },
  );

  it("seals sessions with a new key, and opens those of the old one", async () => {
    const one = await served("one", "legacy");
    const servers = { one: { url: one.url } };
    const { url, reload } = await gateway({ servers, sessionKeys: [key("a")] });
    const connected = await client(url(), "legacy");
    const count = async (by = connected) => textOf(await by.callTool({ name: "one__count", arguments: {} }));
    expect(await count()).toBe("1");
    await reload({ servers, sessionKeys: [key("b"), key("a")] });
    expect(await count()).toBe("2");
    const later = await client(url(), "legacy");
    await reload({ servers, sessionKeys: [key("b")] });
    expect(await count(later)).toBe("1");
    await expect(count()).rejects.toThrow(/Session not found/);
  });

  it("takes over limits, and counts on", async () => {
    const { url, reload } = await gateway({ requestsPerMinute: 100 });
    const ask = async () => (await fetch(url(), { method: "POST" })).status;
    expect(await ask()).toBe(415);
    expect(await ask()).toBe(415);
    await reload({ requestsPerMinute: 2 });
    expect(await ask()).toBe(429);
  });
});

describe("a configuration that can't be used", () => {
  it("is refused whole, and said where it can be seen", async () => {
    const one = await served("one", "modern");
    const settings = { servers: { one: { url: one.url } }, adminKeys: [hashed(key("a"))] };
    const { url, reload, shown, version, value } = await gateway(settings);
    const before = await version();
    expect(await reload({ ...settings, servers: {}, sessions: -1 })).toBe("refused");
    expect(await version()).toEqual(before);
    expect(await value("mcp_gateway_config_last_reload_refused")).toBe(1);
    const { refused } = (await (await shown(key("a"))).json()) as { refused: { message: string } };
    expect(refused.message).toContain("sessions: -1 is below 0");
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "error", message: "configuration refused", inForce: before }),
    );
    const connected = await client(url(), "modern");
    expect(textOf(await connected.callTool({ name: "one__echo", arguments: { value: "x" } }))).toBe("one: x");
    expect(await reload(settings)).toBe("unchanged");
    expect(await value("mcp_gateway_config_last_reload_refused")).toBe(0);
  });

  it("is one that needs a restart, too", async () => {
    const { reload, shown, version } = await gateway({ adminKeys: [hashed(key("a"))] });
    expect(await reload({ adminKeys: [hashed(key("a"))], port: 3999, sessions: 5 })).toBe("refused");
    expect((await version()).sequence).toBe(1);
    const { refused, restartFor } = (await (await shown(key("a"))).json()) as {
      refused: { message: string };
      restartFor: string[];
    };
    expect(refused.message).toContain("port: 3999 is taken over by a restart only; 0 is in force");
    expect(restartFor).toEqual(expect.arrayContaining(["host", "port"]));
  });
});

describe("the configuration in force", () => {
  const secret = "do not tell";
  const settings = {
    servers: { one: { url: "http://127.0.0.1:9", headers: { authorization: secret } } },
    clients: { ide: { keys: [hashed(key("c"))] } },
    sessionKeys: [key("s")],
    adminKeys: [hashed(key("a"))],
  };

  it("is shown with its version and without secrets, to who has an admin key", async () => {
    const { shown, version, reload } = await gateway(settings);
    const text = await (await shown(key("a"))).text();
    const page = JSON.parse(text) as { version: object; settings: Record<string, unknown> };
    expect(page.version).toMatchObject({ ...(await version()), sequence: 1 });
    expect(page.settings).toMatchObject({
      servers: { one: { url: "http://127.0.0.1:9", headers: { authorization: "(secret)" } } },
      clients: { ide: { keys: ["(secret)"], class: "client" } },
      sessionKeys: ["(secret)"],
    });
    for (const hidden of [secret, key("s"), hashed(key("c")), hashed(key("a"))]) {
      expect(text).not.toContain(hidden);
    }
    const { hash } = await version();
    await reload({ ...settings, sessions: 7 });
    expect(await version()).toMatchObject({ sequence: 2 });
    expect((await version()).hash).not.toBe(hash);
    await reload(settings);
    expect(await version()).toEqual({ sequence: 3, hash });
  });

  it("is not shown to others, and not at all without admin keys", async () => {
    const guarded = await gateway(settings);
    for (const other of ["", key("b"), key("c"), hashed(key("a"))]) {
      expect((await guarded.shown(other)).status).toBe(401);
    }
    const closed = await gateway({});
    expect((await closed.shown("")).status).toBe(404);
  });
});

describe("the files of a configuration", () => {
  it.each(["a change", "SIGHUP"])("are read again after %s", async (how) => {
    const folder = mkdtempSync(join(tmpdir(), "gateway-config-"));
    const [file, secret] = [join(folder, "gateway.yaml"), join(folder, "keys")];
    const watch = how === "SIGHUP" ? 0 : 10;
    const write = (sessions: number, keys: string) => {
      writeFileSync(secret, keys);
      writeFileSync(file, `{host: 127.0.0.1, port: 0, configWatchMs: ${watch}, sessions: ${sessions}}`);
    };
    write(1, key("a"));
    const environment = { MCP_GATEWAY_CONFIG: file, MCP_SESSION_KEYS_FILE: secret };
    const settings = loadSettings(environment);
    const started = await startGateway(settings, log);
    open.push({ close: () => started.stop() });
    const unfollow = followConfiguration(environment, settings, (read) => started.reload(read));
    open.push({ close: async () => unfollow() });
    // The first look has to be over before anything changes.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const takenOver = (sessions: number, keys: string) =>
      eventually(() => {
        if (how === "SIGHUP") process.emit("SIGHUP");
        const { settings: inForce } = started.inForce;
        return inForce.sessions === sessions && inForce.sessionKeys[0] === keys;
      });
    write(2, key("a"));
    await takenOver(2, key("a"));
    write(2, key("b"));
    await takenOver(2, key("b"));
  });
});

describe("a watched file", () => {
  it("is read again when it is written before it was looked at a first time", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "gateway-watch-")), "one");
    writeFileSync(file, "1");
    let changes = 0;
    // Node's threads, which look at files, have something to do first.
    for (let thread = 0; thread < 16; thread += 1) pbkdf2("", "", 50_000, 64, "sha512", () => undefined);
    const stop = watchFiles(
      () => [file],
      10,
      () => (changes += 1),
    );
    open.push({ close: async () => stop() });
    writeFileSync(file, "changed");
    await eventually(() => changes === 1);
  });

  it.each(["written", "renamed", "behind a link that is swapped"])(
    "is read again when it is %s",
    async (how) => {
      const folder = mkdtempSync(join(tmpdir(), "gateway-watch-"));
      const at = (name: string) => join(folder, name);
      const write = (name: string, text: string) => writeFileSync(at(name), text);
      write("one", "1");
      symlinkSync("one", at("link"));
      const file = at(how.startsWith("behind") ? "link" : "one");
      let [looks, changes] = [0, 0];
      const stop = watchFiles(
        () => {
          looks += 1;
          return [file];
        },
        10,
        () => (changes += 1),
      );
      open.push({ close: async () => stop() });
      await eventually(() => looks > 2);
      expect(changes).toBe(0);
      write("two", "2");
      if (how === "written") write("one", "changed");
      else if (how === "renamed") renameSync(at("two"), at("one"));
      else {
        symlinkSync("two", at("other"));
        renameSync(at("other"), at("link"));
      }
      await eventually(() => changes === 1);
    },
  );
});

it.each(["modern", "legacy"] as const)(
  "a listening %s client is told when a server that tells of nothing comes back, which may be another release",
  async (era) => {
    const one = await still();
    const often = { healthIntervalMs: 100, unhealthyAfter: 1, ejectionMs: 100 };
    const { url } = await gateway({ servers: { one: { url: one.url, ...often } } });
    const connected = await client(url(), era);
    let told = 0;
    connected.setNotificationHandler("notifications/tools/list_changed", () => void (told += 1));
    if (era === "modern") await connected.listen({ toolsListChanged: true });
    else
      await eventually(() =>
        one.seen.some(({ headers }) => headers["mcp-method"] === "subscriptions/listen"),
      );
    await one.close();
    open.splice(open.indexOf(one), 1);
    const isUp = async () => (await fetch(url("/health"))).ok;
    await eventually(async () => !(await isUp()));
    expect(told).toBe(0);
    await still(one.port);
    await eventually(() => told > 0);
    await eventually(isUp);
  },
);
