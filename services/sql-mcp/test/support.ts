import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { buildSync } from "esbuild";
import type { Settings } from "../src/settings";

/** The databases the tests run against, as `postgres://user:password@host:port/name` and `mariadb://…`. */
const URLS = { postgres: process.env.TEST_POSTGRES_URL, mariadb: process.env.TEST_MARIADB_URL };

/** Both kinds with their settings; undefined where the environment names no database to test against. */
export const databases = (["postgres", "mariadb"] as const).map((kind) => ({
  kind,
  settings: settingsOf(kind),
}));

/** `describe`, or a skipped one that says what is missing. */
export function describeWith(
  kind: Settings["kind"],
  name: string,
  tests: (settings: Settings) => void,
): void {
  const settings = settingsOf(kind);
  const variable = `TEST_${kind.toUpperCase()}_URL`;
  if (settings) describe(`${kind}: ${name}`, () => tests(settings));
  else
    describe.skip(`${kind}: ${name} (skipped: ${variable} names no database)`, () =>
      test("none", () => undefined));
}

function settingsOf(kind: Settings["kind"]): Settings | undefined {
  const url = URLS[kind];
  return url ? databaseSettings(kind, url) : undefined;
}

/** Settings for the database at a URL. */
export function databaseSettings(kind: Settings["kind"], given: string): Settings {
  const url = new URL(given);
  return {
    kind,
    access: "write",
    connection: {
      host: url.hostname,
      port: Number(url.port || (kind === "postgres" ? 5432 : 3306)),
      database: url.pathname.slice(1),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    },
    connections: 4,
    limits: { rows: 1000, bytes: 1024 * 1024, milliseconds: 5000 },
  };
}

/** The environment that makes the program use a database. */
export function environmentOf({ kind, access, connection }: Settings): Record<string, string> {
  return {
    DATABASE_KIND: kind,
    DATABASE_ACCESS: access,
    DATABASE_HOST: connection.host,
    DATABASE_PORT: String(connection.port),
    DATABASE_NAME: connection.database,
    DATABASE_USER: connection.user,
    DATABASE_PASSWORD: connection.password,
  };
}

/** The program as the image runs it: bundled, behind its launcher, started as a process. */
export class BundledProgram {
  private readonly folder = mkdtempSync(join(tmpdir(), "sql-mcp-"));
  private readonly file = join(this.folder, "launch.js");
  readonly socket = join(this.folder, "mcp.sock");
  private readonly processes: ChildProcess[] = [];

  constructor() {
    const entries = { "launch.js": "../../host/launch.ts", "server.js": "../src/main.ts" };
    for (const [file, entry] of Object.entries(entries)) {
      buildSync({
        entryPoints: [join(__dirname, entry)],
        outfile: join(this.folder, file),
        bundle: true,
        platform: "node",
        target: "node20",
        format: "cjs",
        logLevel: "error",
      });
    }
  }

  /** Starts `http` on a free port and waits until it serves. */
  async http(
    environment: Record<string, string>,
  ): Promise<{ url: URL; process: ChildProcess; log: () => string }> {
    const child = spawn(process.execPath, [this.file], {
      env: {
        PATH: process.env.PATH,
        MCP_PORT: "0",
        MCP_HOST: "127.0.0.1",
        MCP_SOCKET: this.socket,
        ...environment,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.processes.push(child);
    let log = "";
    const port = await new Promise<number>((resolve, reject) => {
      child.stderr.on("data", (chunk: Buffer) => {
        log += chunk.toString();
        const serving = /"message":"serving".*"port":(\d+)/.exec(log);
        if (serving) resolve(Number(serving[1]));
      });
      child.once("exit", (code) => reject(new Error(`exited with ${code}: ${log}`)));
    });
    return { url: new URL(`http://127.0.0.1:${port}/mcp`), process: child, log: () => log };
  }

  /** A transport that starts `stdio`. */
  stdio(environment: Record<string, string>): StdioClientTransport {
    return new StdioClientTransport({
      command: process.execPath,
      args: [this.file, "stdio"],
      env: { MCP_SOCKET: join(this.folder, "none.sock"), ...environment },
      stderr: "ignore",
    });
  }

  /** Runs a subcommand to its end. */
  async run(
    args: string[],
    environment: Record<string, string>,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const env = { PATH: process.env.PATH, ...environment };
    const child = spawn(process.execPath, [this.file, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, ...output };
  }

  remove(): void {
    this.processes.forEach((child) => child.kill("SIGKILL"));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export type Era = "legacy" | "modern";
export const MODERN = "2026-07-28";

/** A client of the official SDK that is connected in a protocol era. */
export async function connected(
  era: Era,
  transport: StdioClientTransport | StreamableHTTPClientTransport,
): Promise<Client> {
  const mode = era === "legacy" ? "legacy" : { pin: MODERN };
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return client;
}

/** A way to a database that can be cut and restored, as when the database restarts. */
export class Cable {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  port = 0;

  constructor(private readonly to: { host: string; port: number }) {}

  async plug(): Promise<void> {
    this.server = createServer((near) => {
      const far = connect(this.to.port, this.to.host);
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as { port: number }).port;
  }

  /** Lets nothing more through on the connections that there are, and says so to neither side; new ones work. */
  silence(): void {
    this.sockets.forEach((socket) => socket.unpipe().pause());
  }

  async cut(): Promise<void> {
    const closed = this.server && once(this.server, "close");
    this.server?.close();
    this.sockets.forEach((socket) => socket.resetAndDestroy());
    await closed;
  }
}
