import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { Terminal } from "@xterm/headless";

const size = { cols: 80, rows: 24 };

/** A command on a terminal of its own, as its user sees it. */
export class TerminalRun {
  /** What the command wrote, escape codes and all. */
  private raw = "";
  private readonly terminal = new Terminal({ ...size, allowProposedApi: true });
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly closed: Promise<unknown[]>;
  private ended = false;
  private look = () => {};

  /** @param command a line for the shell */
  constructor(command: string, env: NodeJS.ProcessEnv) {
    const line = `stty cols ${size.cols} rows ${size.rows}; ${command}`;
    this.child = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
      env: { ...env, TERM: "xterm-256color", SHELL: "/bin/sh" },
    });
    this.child.stdout.on("data", (chunk: Buffer) => {
      this.raw += chunk.toString();
      this.terminal.write(chunk, () => this.look());
    });
    this.closed = once(this.child, "close").finally(() => {
      this.ended = true;
      this.look();
    });
  }

  /** The lines on the screen, without empty ones below them. */
  lines(): string[] {
    const { active } = this.terminal.buffer;
    const all = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? "",
    );
    return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
  }

  /** Waits until the screen has a line like that. */
  shows(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      this.look = () => {
        if (this.lines().some((line) => pattern.test(line))) resolve();
        else if (this.ended)
          reject(new Error(`The command ended, without ${pattern}:\n${this.lines().join("\n")}`));
      };
      this.look();
    });
  }

  /** Presses keys. */
  press(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Waits until the command has ended, and gives its exit code. */
  async ends(): Promise<number> {
    const [code] = await this.closed;
    await new Promise<void>((resolve) => this.terminal.write("", resolve));
    return code as number;
  }

  /** Whether the cursor is to be seen, at the end or when the command wrote that; undefined where it was never hidden. */
  cursorIsBack(before = ""): boolean | undefined {
    const raw = before === "" ? this.raw : this.raw.slice(0, this.raw.indexOf(before));
    // eslint-disable-next-line no-control-regex
    const last = [...raw.matchAll(/\u001b\[\?25([hl])/g)].at(-1)?.[1];
    return last === undefined ? undefined : last === "h";
  }
}
