import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { checkSettings, loadSettings } from "../src/config/load";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { connect, gatewayFor, textOf, hashed } from "./support";

const keys = { ide: "k".repeat(40), bot: "b".repeat(40), rotated: "r".repeat(40) };
const issuer = "https://login.example.com";
const audience = "https://mcp.example.com";

let one: Fixture;
let old: Fixture;
let jwks: Server;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;
let sign: (
  claims: Record<string, unknown>,
  options?: { audience?: string; expires?: string },
) => Promise<string>;

beforeAll(async () => {
  const pair = await generateKeyPair("ES256");
  const published = { ...(await exportJWK(pair.publicKey)), kid: "1", alg: "ES256" };
  jwks = createServer((_, response) => response.end(JSON.stringify({ keys: [published] })));
  await new Promise<void>((resolve) => jwks.listen(0, "127.0.0.1", resolve));
  sign = (claims, options = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: "1" })
      .setIssuer(issuer)
      .setAudience(options.audience ?? audience)
      .setExpirationTime(options.expires ?? "5m")
      .sign(pair.privateKey);
  one = await serveFixture((serving) => toolbox("one", serving), "modern");
  old = await serveFixture((serving) => toolbox("old", serving), "legacy");
  gateway = await gatewayFor(
    { one: one.url, old: old.url },
    {
      clients: {
        ide: { keys: [hashed(keys.ide), hashed(keys.rotated)] },
        bot: { keys: [hashed(keys.bot)], allow: ["*__echo", "*__count"], deny: ["old__count"] },
      },
      oauth: {
        issuer,
        audience,
        scope: "mcp",
        jwksUrl: `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/`,
      },
    },
  );
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([one.close(), old.close()]);
  jwks.close();
});

const post = (headers: Record<string, string>, path = "/mcp", url = gateway.url(path)) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } },
    }),
  });

describe("API keys", () => {
  it("let in whoever has one, old or new, and nobody else", async () => {
    expect((await post({ "x-api-key": keys.ide })).status).toBe(200);
    expect((await post({ authorization: `Bearer ${keys.rotated}` })).status).toBe(200);
    for (const key of ["", "z".repeat(40), hashed(keys.ide)]) {
      const refused = await post({ "x-api-key": key });
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toContain(
        `resource_metadata="${audience}/.well-known/oauth-protected-resource"`,
      );
    }
  });

  it("stand hashed in the configuration, or are refused without being shown", () => {
    const check = () => checkSettings({ clients: { ide: { keys: [keys.ide] } } });
    expect(check).toThrow("clients.ide.keys.0: the value is no hash");
    expect(check).not.toThrow(keys.ide);
    expect(loadSettings({ MCP_API_KEY_ENCRYPTION: "false" }).apiKeyEncryption).toBe(false);
  });

  it("are not passed on to servers", async () => {
    const client = await connect(gateway.url("/mcp/one"), "modern", {}, { "x-api-key": keys.ide });
    await client.listTools();
    const said = one.seen.map(({ headers }) => JSON.stringify(headers)).join();
    expect(said).not.toContain(keys.ide);
    await client.close();
  });
});

describe.each(["modern", "legacy"] as const)("a policy for a %s client", (era) => {
  it.each([
    ["/mcp", ["one__count", "one__echo", "old__echo"], "old__count", "one__count"],
    ["/mcp/old", ["echo"], "count", "echo"],
    ["/mcp/one", ["count", "echo"], "wait", "count"],
  ])(
    "shows at %s only what may be called, and lets only that be called",
    async (path, names, denied, allowed) => {
      const client = await connect(gateway.url(path), era, {}, { "x-api-key": keys.bot });
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual([...names].sort());
      await expect(client.callTool({ name: denied, arguments: {} })).rejects.toThrow(
        "is not allowed to this client",
      );
      const args = allowed.endsWith("echo") ? { value: "x" } : {};
      expect(textOf(await client.callTool({ name: allowed, arguments: args }))).toMatch(/^\d+$|x$/);
      await client.close();
    },
  );
});

it("serves a session to the client that opened it only", async () => {
  const client = await connect(gateway.url(), "legacy", {}, { "x-api-key": keys.ide });
  const { sessionId = "" } = client.transport as StreamableHTTPClientTransport;
  const stolen = await fetch(gateway.url(), {
    headers: { "x-api-key": keys.bot, "mcp-session-id": sessionId, accept: "text/event-stream" },
  });
  expect(stolen.status).toBe(404);
  await client.close();
});

it("shares nothing between two clients of the modern era", async () => {
  const count = async (key: string) => {
    const client = await connect(gateway.url("/mcp/old"), "modern", {}, { "x-api-key": key });
    const counted = textOf(await client.callTool({ name: "count", arguments: {} }));
    await client.close();
    return counted;
  };
  expect(await count(keys.ide)).toBe("1");
  const user = await sign({ sub: "eve", scope: "mcp" });
  const client = await connect(gateway.url("/mcp/old"), "modern", {}, { authorization: `Bearer ${user}` });
  expect(textOf(await client.callTool({ name: "count", arguments: {} }))).toBe("1");
  await client.close();
  expect(await count(keys.rotated)).toBe("2");
});

describe("OAuth tokens", () => {
  const status = async (token: string) => (await post({ authorization: `Bearer ${token}` })).status;

  it("are good when they are the issuer's, for this gateway, in time and with the scope", async () => {
    expect(await status(await sign({ sub: "ada", scope: "mcp" }))).toBe(200);
    expect(
      await status(await sign({ sub: "ada", scope: "mcp" }, { audience: "https://other.example.com" })),
    ).toBe(401);
    expect(await status(await sign({ sub: "ada", scope: "mcp" }, { expires: "-1m" }))).toBe(401);
    expect(await status(await sign({ sub: "ada", scope: "read" }))).toBe(401);
    expect(await status(await sign({ scope: "mcp" }))).toBe(401);
    const forged = await new SignJWT({ sub: "ada", scope: "mcp" })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime("5m")
      .sign(new TextEncoder().encode("a secret that is 32 bytes long!!"));
    expect(await status(forged)).toBe(401);
  });

  it("can be had where the metadata says", async () => {
    const metadata = await fetch(gateway.url("/.well-known/oauth-protected-resource"));
    expect(await metadata.json()).toMatchObject({ resource: audience, authorization_servers: [issuer] });
  });
});

describe("limits", () => {
  it("are each client's own, and say when there is more", async () => {
    const limited = await gatewayFor(
      { one: one.url },
      {
        requestsPerMinute: 2,
        clients: { ide: { keys: [hashed(keys.ide)] }, bot: { keys: [hashed(keys.bot)] } },
      },
    );
    const ask = (key: string) => post({ "x-api-key": key }, "/mcp", limited.url());
    const first = await ask(keys.ide);
    expect(first.headers.get("ratelimit")).toMatch(/^"requests";r=1;t=\d+$/);
    expect(first.headers.get("ratelimit-policy")).toBe('"requests";q=2;w=60');
    await ask(keys.ide);
    const refused = await ask(keys.ide);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ask(keys.bot)).status).toBe(200);
    await limited.stop();
  });

  it("hold for each tool, and for sessions", async () => {
    const limited = await gatewayFor({ one: one.url }, { callsPerToolPerMinute: 1, sessions: 1 });
    const client = await connect(limited.url("/mcp/one"), "legacy");
    await client.callTool({ name: "echo", arguments: { value: "" } });
    await expect(client.callTool({ name: "echo", arguments: { value: "" } })).rejects.toThrow(
      "Too many calls",
    );
    await client.callTool({ name: "count", arguments: {} });
    const other = await connect(limited.url("/mcp/one"), "legacy");
    await expect(client.callTool({ name: "count", arguments: {} })).rejects.toThrow("Session not found");
    await other.callTool({ name: "echo", arguments: { value: "" } }).catch(() => undefined);
    await client.close();
    await other.close();
    await limited.stop();
  });

  it("hold for bodies, hosts and web pages", async () => {
    const send = (headers: Record<string, string>, body = "{}") =>
      fetch(gateway.url(), {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
    const key = { "x-api-key": keys.ide };
    expect((await send(key, "x".repeat(5 * 1024 * 1024))).status).toBe(413);
    expect((await send({ ...key, origin: "https://evil.example.com" })).status).toBe(403);
    expect((await send({ ...key, "content-type": "text/plain" })).status).toBe(415);
    expect((await send(key, "{")).status).toBe(400);
  });
});
