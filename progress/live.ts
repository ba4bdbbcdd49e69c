import { endLine, frame, type Size, stoppedLines } from "./frame";
import { isWorthTelling, type Step, type View } from "./step";

/** Where a live list is shown. */
export interface Screen {
  readonly size: Size;
  /** Shows text in place of what it showed; whatever is printed meanwhile stands above. */
  show(text: string): void;
  /** Writes a line that stays. */
  print(line: string): void;
  /** Takes away what it shows, and gives the terminal back as it was. */
  leave(): void;
}

const refreshMs = 250;

/** Shows what runs as a list that changes in place, and keeps a line of each step that has ended above it. */
export class LiveView implements View {
  private readonly running = new Set<Step>();
  private timer: NodeJS.Timeout | undefined;
  private suspended = 0;

  constructor(private readonly screen: Screen) {}

  began(step: Step): void {
    this.running.add(step);
    this.refresh();
  }

  ended(step: Step): void {
    this.running.delete(step);
    if (isWorthTelling(step)) this.screen.print(endLine(step));
    this.refresh();
  }

  note(part: string, line: string): void {
    this.screen.print(part === "" ? line : `  ${part}  ${line}`);
  }

  suspend(): () => void {
    this.suspended += 1;
    this.refresh();
    return () => {
      this.suspended -= 1;
      this.refresh();
    };
  }

  close(): void {
    const cut = [...this.running];
    this.running.clear();
    this.refresh();
    stoppedLines(cut).forEach((line) => this.screen.print(line));
  }

  private refresh(): void {
    if (this.running.size > 0 && this.suspended === 0) {
      this.timer ??= setInterval(() => this.refresh(), refreshMs).unref();
      this.screen.show(frame([...this.running], this.screen.size));
    } else if (this.timer) {
      clearInterval(this.timer);
      this.timer = undefined;
      this.screen.leave();
    }
  }
}
