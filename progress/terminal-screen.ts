import type { createLogUpdate } from "log-update";
import type { Size } from "./frame";
import type { Screen } from "./live";

type Draw = ReturnType<typeof createLogUpdate>;
type Write = NodeJS.WriteStream["write"];

/**
 * The terminal behind standard error. While something is shown, what anybody in this process writes to the terminal comes
 * above it; log-update draws, and has the cursor back however the process ends.
 */
export class TerminalScreen implements Screen {
  private readonly terminal = process.stderr;
  /** Gives the streams back to who wrote to them. */
  private giveBack: (() => void)[] = [];
  private draw: Draw | undefined;
  private shown = "";
  /** Whether what is written comes from the drawing itself. */
  private drawing = false;
  /** Whether somebody's line has not ended yet: nothing can be shown below it. */
  private midLine = false;

  constructor() {
    void this.load();
  }

  get size(): Size {
    return { columns: this.terminal.columns || 80, rows: this.terminal.rows || 24 };
  }

  show(text: string): void {
    this.shown = text;
    this.takeOver();
    this.redraw();
  }

  print(line: string): void {
    this.terminal.write(`${this.midLine ? "\n" : ""}${line}\n`);
  }

  leave(): void {
    this.shown = "";
    this.drawn((draw) => {
      draw.clear();
      draw.done();
    });
    this.giveBack.splice(0).forEach((giveBack) => giveBack());
    this.midLine = false; // from now on nobody here sees how lines end
  }

  /** Only a terminal needs it, and it is an ES module, which only comes by itself. */
  private async load(): Promise<void> {
    const { createLogUpdate } = await import("log-update");
    this.draw = createLogUpdate(this.terminal);
    this.redraw();
  }

  private redraw(): void {
    if (this.shown !== "" && !this.midLine) this.drawn((draw) => draw(this.shown));
  }

  private drawn(how: (draw: Draw) => void): void {
    if (!this.draw) return;
    this.drawing = true;
    how(this.draw);
    this.drawing = false;
  }

  private takeOver(): void {
    if (this.giveBack.length > 0) return;
    for (const stream of [process.stdout, process.stderr].filter(({ isTTY }) => isTTY)) {
      const write: Write = stream.write.bind(stream);
      const own = Object.getOwnPropertyDescriptor(stream, "write");
      stream.write = new Proxy(write, {
        apply: (_write, _stream, args: Parameters<Write>) => this.written(write, args),
      });
      this.giveBack.push(() => {
        Reflect.deleteProperty(stream, "write");
        if (own) Object.defineProperty(stream, "write", own);
      });
    }
  }

  private written(write: Write, args: Parameters<Write>): boolean {
    if (this.drawing) return write(...args);
    this.drawn((draw) => draw.clear());
    this.midLine = !Buffer.from(args[0]).toString().endsWith("\n");
    const result = write(...args);
    this.redraw();
    return result;
  }
}
