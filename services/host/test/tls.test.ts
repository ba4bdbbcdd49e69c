import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { McpServer } from "@modelcontextprotocol/server";
import { type NewPair, newAuthority, newCertificate, type Usage } from "../../../provider/pki/certificates";
import { askHealth } from "../ask-health";
import type { EnvironmentError } from "../environment";
import type { Service } from "../program";
import { type Served, served } from "./serving";

let root: string;
let folder: string;
let authority: NewPair;
let caller: NewPair;
let server: Served;
let database: "here" | "gone" = "here";

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "tls-"));
  folder = join(root, "current");
  authority = await newAuthority("a stack", 10);
  caller = await issued("caller", "client");
  put("first", await issued("first", "server"));
  server = await served(service, { MCP_TLS_FOLDER: folder, MCP_HEALTH_PORT: "0" });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const service: Service = {
  createServer: () => new McpServer({ name: "test", version: "1.0.0" }),
  checks: { database: () => (database === "here" ? Promise.resolve() : Promise.reject(new Error("gone"))) },
  close: async () => undefined,
};

function issued(name: string, usage: Usage, by = authority): Promise<NewPair> {
  return newCertificate(by, { name, dnsNames: [name, "localhost"], usages: [usage], days: 5 });
}

/** Puts certificates into the folder in one step, as the stack does. */
function put(version: string, { certificate, key }: { certificate: string; key: string }): void {
  const real = join(root, version);
  mkdirSync(real);
  const files = { "ca.pem": authority.certificate, "cert.pem": certificate, "key.pem": key };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(real, name), text);
  symlinkSync(version, join(root, "next"));
  renameSync(join(root, "next"), folder);
}

interface Asked {
  status: number;
  body: string;
  /** The name in the server's certificate. */
  server: string;
}

/** Asks with a certificate, or without; on a connection of its own where no agent keeps one. */
function ask(path: string, pair?: NewPair, agent: Agent | false = false): Promise<Asked> {
  const { ca, cert, key } = { ca: authority.certificate, cert: pair?.certificate, key: pair?.key };
  return new Promise((resolve, reject) => {
    const url = new URL(path, server.url);
    request(url, { ca, cert, key, agent, servername: "localhost", minVersion: "TLSv1.2" }, (response) => {
      const { CN = "" } = (response.socket as TLSSocket).getPeerCertificate().subject;
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, server: String(CN) }));
    })
      .on("error", reject)
      .end();
  });
}

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let left = 100; ; left -= 1) {
    try {
      return await check();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

it("answers whoever has a certificate of the authority, and others about health alone", async () => {
  expect(await ask("/metrics", caller)).toMatchObject({ status: 200, server: "first" });
  const refused = await ask("/metrics");
  expect(refused.status).toBe(401);
  expect(refused.body).toContain("certificate");
  expect((await ask("/mcp")).status).toBe(401);
  expect((await ask("/health")).status).toBe(200);
  expect((await ask("/health/live")).status).toBe(200);
});

it("takes neither another authority's certificate nor one that is not for callers", async () => {
  const other = await newAuthority("a stack", 10);
  expect((await ask("/mcp", await issued("caller", "client", other))).status).toBe(401);
  expect((await ask("/mcp", await issued("caller", "server"))).status).toBe(401);
});

it("tells its own container's probe of its health", async () => {
  const port = Number(server.url.port);
  expect(await askHealth(port, { tlsFolder: folder })).toEqual({ ready: true, message: "ready" });
  expect(await askHealth(port, { tlsFolder: join(root, "none") })).toMatchObject({
    ready: false,
    message: expect.stringContaining("none/ca.pem") as string,
  });
});

it("tells its own container of its health over plain HTTP, and of nothing else", async () => {
  const plain = async (path: string) => (await fetch(`http://127.0.0.1:${server.healthPort}${path}`)).status;
  expect(await plain("/health")).toBe(200);
  database = "gone";
  expect(await plain("/health")).toBe(503);
  database = "here";
  expect(await plain("/mcp")).toBe(404);
  expect(await plain("/metrics")).toBe(404);
});

it("takes a new certificate over as it runs, and leaves open connections alone", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await ask("/metrics", caller, agent)).server).toBe("first");
  put("second", await issued("second", "server"));
  await eventually(async () => expect((await ask("/metrics", caller)).server).toBe("second"));
  expect((await ask("/metrics", caller, agent)).server).toBe("first");
  agent.destroy();
});

it("stays with what it has where the new one can't be used", async () => {
  const { certificate } = await issued("third", "server");
  put("third", { certificate, key: caller.key });
  await eventually(async () => expect(server.logged()).toContain("certificate refused"));
  expect((await ask("/metrics", caller)).server).toBe("second");
});

it("does not start where the folder lacks what it needs", async () => {
  const wrong = served(service, { MCP_TLS_FOLDER: join(root, "none") });
  await expect(wrong).rejects.toThrow(/MCP_TLS_FOLDER: the certificates in .*none can't be used/);
  await expect(wrong).rejects.toMatchObject({ name: "EnvironmentError" } satisfies Partial<EnvironmentError>);
});
