import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { bundled } from "./bundle";

/** The program as the image runs it: bundled, behind its launcher, started as a process. */
export class BundledProgram {
  private readonly folder = mkdtempSync(join(tmpdir(), "program-"));
  private readonly file = join(this.folder, "launch.js");
  readonly socket = join(this.folder, "mcp.sock");
  private readonly processes: ChildProcess[] = [];

  /** @param main the program's first file. */
  constructor(main: string, external: string[] = []) {
    const entries = { "launch.js": join(__dirname, "..", "launch.ts"), "server.js": main };
    for (const [file, entry] of Object.entries(entries))
      copyFileSync(bundled(entry, external), join(this.folder, file));
  }

  /**
   * Starts `http` on a free port and waits until it serves.
   * @param user whose process it is; this one's when left out.
   */
  async http(
    environment: Record<string, string>,
    user: { uid?: number; gid?: number } = {},
  ): Promise<{ url: URL; process: ChildProcess; log: () => string }> {
    if (user.uid !== undefined) chmodSync(this.folder, 0o755);
    const child = spawn(process.execPath, [this.file], {
      ...user,
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
