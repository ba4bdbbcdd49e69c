import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { LineTransport } from "../../host/line-transport";
import type { Command } from "./settings";

/** So long may a process take to end after each step of closing it, in milliseconds. */
const patienceMs = 2000;

/** The parameters of a message, by their names. */
type Params = Record<string, unknown>;

/** A process that speaks MCP on its standard input and output, with all numbers as they are. */
export class ProcessTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  /** What it writes to standard error. */
  readonly stderr = new PassThrough();
  private child?: ChildProcess;
  private lines?: LineTransport;

  /** @param onprogress is told of progress, past the SDK: that one would not have it where its numbers are kept. */
  constructor(
    private readonly command: Command,
    private readonly onprogress: (params: Params) => void,
  ) {}

  async start(): Promise<void> {
    const { program, args, environment, folder } = this.command;
    const child = spawn(program, args, {
      env: { ...getDefaultEnvironment(), ...environment },
      stdio: ["pipe", "pipe", "pipe"],
      ...(folder === undefined ? {} : { cwd: folder }),
    });
    this.child = child;
    child.stderr.pipe(this.stderr);
    child.once("close", () => {
      this.child = undefined;
      this.onclose?.();
    });
    const lines = new LineTransport(child.stdout, child.stdin);
    this.lines = lines;
    lines.onmessage = (message) => this.take(message);
    lines.onerror = (error) => this.onerror?.(error);
    lines.onclose = () => void this.close();
    await lines.start();
    await once(child, "spawn");
    child.on("error", (error) => this.onerror?.(error));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.child || !this.lines) throw new Error("The hosted server has ended");
    await this.lines.send(message);
  }

  /** Ends the process: by closing its input first, then by signals. */
  async close(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close").catch(() => undefined);
    const ended = () => Promise.race([closed.then(() => true), sleep(patienceMs, false, { ref: false })]);
    child.stdin?.end();
    if (await ended()) return;
    child.kill("SIGTERM");
    if (await ended()) return;
    child.kill("SIGKILL");
  }

  private take(message: JSONRPCMessage): void {
    if ("method" in message && message.method === "notifications/progress")
      this.onprogress(message.params ?? {});
    else this.onmessage?.(message);
  }
}
