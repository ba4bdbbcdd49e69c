import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** An engine's API that answers as a test says, on a unix socket of its own. */
export class FakeEngine {
  private readonly folder = mkdtempSync(join(tmpdir(), "engine-"));
  readonly socket = join(this.folder, "engine.sock");
  /** What was asked, `GET /info`. */
  readonly asked: string[] = [];
  connections = 0;
  private readonly notes = join(this.folder, "calls");
  private readonly pids = join(this.folder, "pids");
  private readonly server = createServer((asked, answer) => {
    this.asked.push(`${asked.method} ${decodeURI(asked.url ?? "")}`);
    this.respond(asked, answer);
  });
  private readonly environment = { ...process.env };

  constructor(public respond: (asked: IncomingMessage, answer: ServerResponse) => void) {
    this.server.on("connection", () => (this.connections += 1));
    writeFileSync(this.notes, "");
    writeFileSync(this.pids, "");
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.socket, resolve));
    process.env.DOCKER_HOST = `unix://${this.socket}`;
  }

  /** Has the engine stand elsewhere: only a `docker` on the PATH, which notes each of its calls, leads there. */
  beFarAway(program = this.bridge()): void {
    const docker = join(this.folder, "docker");
    writeFileSync(docker, `#!${process.execPath}\n${this.noting()}${program}`);
    chmodSync(docker, 0o755);
    process.env.PATH = `${this.folder}${delimiter}${process.env.PATH}`;
    process.env.DOCKER_HOST = "ssh://elsewhere";
  }

  /** How the CLI was called. */
  calls(): string[] {
    return readFileSync(this.notes, "utf8").split("\n").filter(Boolean);
  }

  /** Kills the processes of the CLI that carry connections. */
  endCarriers(): void {
    for (const pid of readFileSync(this.pids, "utf8").split("\n").filter(Boolean)) kill(Number(pid));
    writeFileSync(this.pids, "");
  }

  async stop(): Promise<void> {
    process.env = { ...this.environment };
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private noting(): string {
    return [
      `const { appendFileSync } = require("fs");`,
      `appendFileSync(${JSON.stringify(this.notes)}, process.argv.slice(2).join(" ") + "\\n");`,
      `appendFileSync(${JSON.stringify(this.pids)}, process.pid + "\\n");\n`,
    ].join("\n");
  }

  private bridge(): string {
    return [
      `const socket = require("net").connect(${JSON.stringify(this.socket)});`,
      "process.stdin.pipe(socket).pipe(process.stdout);",
    ].join("\n");
  }
}

/** Answers in JSON. */
export function json(answer: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  answer.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  answer.end(text);
}

/** Kills a process that may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
