import { mkdtempSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Agent, fetch } from "undici";
import { freePorts } from "../../../test/engine/support/ports";
import { createLogger } from "../../host/log";
import { checkSettings, loadSettings } from "../src/config/load";
import { followConfiguration } from "../src/config/follow";
import { startGateway } from "../src/server";
import { authority, type Certified } from "./certificates";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, textOf } from "./support";

const log = createLogger("error", (line) => process.stderr.write(line));
const ours = authority();
const [first, second, client] = ["first", "second", "client"].map((name) => ours.certify(name)) as [
  Certified,
  Certified,
  Certified,
];
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close();
});

async function served(era: "modern" | "legacy" | "both"): Promise<Fixture> {
  const fixture = await serveFixture((serving) => toolbox("one", serving), era);
  open.push(fixture);
  return fixture;
}

/** The name in the certificate that is shown at a port, and the protocol that is agreed on. */
function shownAt(port: number): Promise<{ name: string; protocol: string | false | null }> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", ca: ours.ca, ALPNProtocols: ["h2", "http/1.1"] };
    const socket = connectTls(options, () => {
      const { CN: name } = socket.getPeerCertificate().subject;
      resolve({ name: String(name), protocol: socket.alpnProtocol });
      socket.end();
    }).once("error", reject);
  });
}

describe("clients over TLS", () => {
  it.each([
    ["modern", true],
    ["legacy", true],
    ["modern", false],
    ["legacy", false],
  ] as const)("of the %s era are served, over HTTP/2: %s", async (era, allowH2) => {
    const one = await served("both");
    const settings = { tlsCert: first.cert, tlsKey: first.key, servers: { one: { url: one.url } } };
    const gateway = await startGateway(
      checkSettings({ host: "127.0.0.1", port: 0, drainSeconds: 1, ...settings }),
      log,
    );
    open.push({ close: () => gateway.stop() });
    const agent = new Agent({ allowH2, connect: { ca: ours.ca } });
    open.push({ close: () => agent.destroy() });
    for (const [path, tool] of [
      ["/mcp", "one__steps"],
      ["/mcp/one", "steps"],
    ] as const) {
      const connected = new Client(
        { name: "test", version: "1.0.0" },
        { versionNegotiation: { mode: era === "modern" ? { pin: "2026-07-28" } : "legacy" } },
      );
      const through = (url: string | URL, init?: object) => fetch(url, { ...init, dispatcher: agent });
      const url = new URL(`https://127.0.0.1:${gateway.port}${path}`);
      await connected.connect(new StreamableHTTPClientTransport(url, { fetch: through }));
      const progress: number[] = [];
      const result = await connected.callTool(
        { name: tool, arguments: {} },
        { onprogress: ({ progress: step }) => progress.push(step) },
      );
      expect(textOf(result)).toBe("done");
      expect(progress).toEqual([1, 2, 3]);
      await connected.close();
    }
  });

  it("see another certificate as soon as its file is another, and keep their connections", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gateway-tls-"));
    const at = (name: string) => join(folder, name);
    const write = ({ cert, key }: Certified) => {
      writeFileSync(at("key.pem"), key);
      writeFileSync(at("cert.pem"), cert);
    };
    write(first);
    const config = `{host: 127.0.0.1, port: 0, configWatchMs: 10, drainSeconds: 0, tlsKey: {file: ${at("key.pem")}}}`;
    writeFileSync(at("gateway.yaml"), config);
    const environment = { MCP_GATEWAY_CONFIG: at("gateway.yaml"), MCP_GATEWAY_TLS_CERT_FILE: at("cert.pem") };
    const settings = loadSettings(environment);
    const gateway = await startGateway(settings, log);
    open.push({ close: () => gateway.stop() });
    const unfollow = followConfiguration(environment, settings, (read) => gateway.reload(read));
    open.push({ close: async () => unfollow() });
    const agent = new Agent({ connections: 1, pipelining: 1, connect: { ca: ours.ca } });
    open.push({ close: () => agent.destroy() });
    let opened = 0;
    agent.on("connect", () => (opened += 1));
    const health = async () =>
      (await (await fetch(`https://127.0.0.1:${gateway.port}/health`, { dispatcher: agent })).json()) as {
        live: boolean;
      };
    expect(await health()).toMatchObject({ live: true });
    expect(await shownAt(gateway.port)).toEqual({ name: "first", protocol: "h2" });
    write(second);
    await eventually(async () => (await shownAt(gateway.port)).name === "second");
    expect(await health()).toMatchObject({ live: true });
    expect(opened).toBe(1);
  });
});

describe("servers over TLS", () => {
  /** The fixture behind TLS, for those alone that the authority knows. */
  async function guarded(fixture: Fixture): Promise<string> {
    const options = { ...first, ca: ours.ca, requestCert: true, rejectUnauthorized: true };
    const server = createTlsServer(options, (socket) => {
      const inner = connectTcp(fixture.port, "127.0.0.1");
      socket.on("error", () => inner.destroy()).pipe(inner);
      inner.on("error", () => socket.destroy()).pipe(socket);
    });
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push({ close: async () => server.close() });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("are believed, and let the gateway in, by the certificates of the configuration", async () => {
    const one = await served("modern");
    const url = await guarded(one);
    const gateway = await gatewayFor(
      {
        global: url,
        own: { url, tls: { ca: ours.ca, ...client } },
        stranger: { url, tls: { ca: ours.ca } },
        doubter: { url, tls: { ca: authority().ca, ...client } },
      },
      { upstreamTls: { ca: ours.ca, ...client } },
    );
    open.push({ close: () => gateway.stop() });
    const connected = await connect(gateway.url(), "modern");
    const call = async (server: string) =>
      textOf(await connected.callTool({ name: `${server}__echo`, arguments: { value: "x" } }));
    expect([await call("global"), await call("own")]).toEqual(["one: x", "one: x"]);
    await expect(call("stranger")).rejects.toThrow("stranger is not available");
    await expect(call("doubter")).rejects.toThrow("doubter is not available");
    await connected.close();
  });

  it("are spoken to over HTTP/2 where they have it", async () => {
    const one = await served("modern");
    const versions: string[] = [];
    const server = createSecureServer(first, (request, response) => {
      versions.push(request.httpVersion);
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const headers = Object.entries(request.headers).filter(
          ([name]) => !name.startsWith(":") && name !== "host",
        );
        void fetch(one.url, {
          method: request.method,
          headers: Object.fromEntries(headers) as Record<string, string>,
          ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
        }).then(async (answer) => {
          response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
          response.end(await answer.text());
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push({ close: async () => server.close() });
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const gateway = await gatewayFor({ h2: { url, tls: { ca: ours.ca } } }, {}, async () => [
      { address: "127.0.0.1", family: 4 },
    ]);
    open.push({ close: () => gateway.stop() });
    const connected = await connect(gateway.url("/mcp/h2"), "modern");
    expect(textOf(await connected.callTool({ name: "echo", arguments: { value: "x" } }))).toBe("one: x");
    expect(new Set(versions)).toEqual(new Set(["2.0"]));
    await connected.close();
  });
});

it("refuses certificates that can't be used, without showing a key", () => {
  const check = (settings: object) => () => checkSettings(settings);
  expect(check({ tlsCert: first.cert })).toThrow("needs the certificate and its key, both or none");
  expect(check({ tlsCert: first.cert, tlsKey: second.key })).toThrow(/tlsCert: .* can't be used: .*mismatch/);
  expect(check({ tlsCert: first.cert, tlsKey: "secret" })).toThrow("tlsKey: the value is not PEM");
  expect(check({ servers: { s: { url: "https://a", tls: { cert: first.cert } } } })).toThrow(
    "servers.s.tls.cert",
  );
});

it.each(["modern", "legacy"] as const)(
  "replicas of the gateway pass on to each other over TLS what a %s client says",
  async (era) => {
    // Across eras what is asked waits in the gateway, for an answer that comes to the other replica.
    const [one, ports] = [await served(era === "modern" ? "legacy" : "modern"), await freePorts(2)];
    const gateways = await Promise.all(
      ports.map((port) =>
        startGateway(
          checkSettings({
            host: "127.0.0.1",
            port,
            drainSeconds: 1,
            tlsCert: first.cert,
            tlsKey: first.key,
            upstreamTls: { ca: ours.ca },
            peers: ports.map((peer) => `https://127.0.0.1:${peer}`),
            sessionKeys: ["a key that is only for the tests, of 48 characters"],
            servers: { one: { url: one.url } },
          }),
          log,
        ),
      ),
    );
    open.push(...gateways.map((gateway) => ({ close: () => gateway.stop() })));
    const agent = new Agent({ connect: { ca: ours.ca } });
    open.push({ close: () => agent.destroy() });
    let turn = 0;
    // The next request goes to the other one, as with a balancer that knows nothing.
    const inTurns = ((input: string | URL, init?: object) => {
      const url = new URL(input);
      url.port = String(ports[(turn += 1) % ports.length]);
      return fetch(url, { ...init, dispatcher: agent });
    }) as unknown as typeof globalThis.fetch;
    const connected = await connect(`https://127.0.0.1:${ports[0]}/mcp`, era, {}, {}, inTurns);
    open.push(connected);
    const ask = async () => textOf(await connected.callTool({ name: "one__ask", arguments: {} }));
    // They find each other as both are there.
    await eventually(async () => (await ask().catch(() => "")) === "one met Ada");
    await eventually(async () => (await ask().catch(() => "")) === "one met Ada");
    for (let asked = 0; asked < 4; asked += 1) expect(await ask()).toBe("one met Ada");
  },
);
