import { type ChildProcess, spawn } from "node:child_process";
import type { Logger } from "./log";

/** How long a program may take to stop before it is killed, in milliseconds: more than its own limit. */
const LONGEST_STOP = 15_000;

/**
 * A program that is started anew from time to time, and takes its end as it would alone: it is told to stop, and comes to
 * an end in order. Where the process itself is told to stop, so is the program, and the process ends as that does.
 */
export class Restarted {
  private child: ChildProcess | undefined;
  private wanted: string | undefined;
  private stopping = false;

  constructor(
    private readonly log: Logger,
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.on(signal, () => {
        this.stopping = true;
        if (!this.child?.kill(signal)) process.exit(0);
      });
  }

  /** Whether it runs, or is about to. */
  get runs(): boolean {
    return this.child !== undefined;
  }

  /** Starts the program of that file in the place of what runs; of several that come while that stops, the last. */
  start(file: string): void {
    const waits = this.wanted !== undefined;
    this.wanted = file;
    if (!this.child) this.next();
    else if (!waits) this.end(this.child);
  }

  private end(child: ChildProcess): void {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_STOP);
    child.once("exit", () => clearTimeout(timer));
  }

  private next(): void {
    const file = this.wanted;
    this.wanted = undefined;
    if (file === undefined || this.stopping) return;
    const options = ["--enable-source-maps", file, "http"];
    const environment = { ...process.env, ...this.environment };
    const child = spawn(process.execPath, options, { stdio: "inherit", env: environment });
    this.child = child;
    child.once("exit", (code, signal) => {
      this.child = undefined;
      if (this.stopping) return process.exit(code ?? 1);
      if (this.wanted !== undefined) return this.next();
      this.log.error("the server ended by itself; the next save starts it again", { code, signal });
    });
  }
}
