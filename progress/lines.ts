import {
  elapsedText,
  isWorthTelling,
  resultText,
  secondsOf,
  type Step,
  timeText,
  usualText,
  type View,
} from "./step";

const tellEveryMs = 60_000;
/** What has only just begun is not told again. */
const tellAfterSeconds = 30;
/** Of more than these side by side only the number is told. */
const toldAtOnce = 4;

/** Shows steps as lines, for files and for terminals that can't do more: begin, end, and one a minute for all between. */
export class LineView implements View {
  private readonly start = Date.now();
  private readonly running = new Set<Step>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: (line: string) => void) {}

  began(step: Step): void {
    this.running.add(step);
    this.timer ??= setInterval(() => this.tell(), tellEveryMs).unref();
    const usual = usualText(step);
    this.note(step.part, usual.length > 0 ? `${step.what} (${usual.join()})` : step.what);
  }

  ended(step: Step): void {
    this.running.delete(step);
    if (this.running.size === 0) this.stop();
    if (!isWorthTelling(step)) return;
    const how = step.failed ? "failed " : step.outcome === undefined ? "done " : "";
    this.note(step.part, `${how}${resultText(step)} (${timeText(secondsOf(step))})`);
  }

  note(part: string, line: string): void {
    if (part === "") return this.write(line);
    const seconds = Math.round((Date.now() - this.start) / 1000);
    this.write(`  ${part} [${String(seconds).padStart(3)} s] ${line}`);
  }

  suspend(): () => void {
    return () => undefined;
  }

  close(): void {
    this.stop();
    for (const step of this.running)
      this.note(step.part, `stopped ${step.what} (${timeText(secondsOf(step))})`);
    this.running.clear();
  }

  private tell(): void {
    const long = [...this.running].filter((step) => secondsOf(step) >= tellAfterSeconds);
    if (long.length === 0) return;
    const told = long.slice(0, toldAtOnce).map((step) => `${sayingText(step)} (${elapsedText(step)})`);
    if (long.length > told.length) told.push(`${long.length - told.length} more`);
    const parts = new Set(long.map(({ part }) => part));
    this.note([...parts].join(", "), `still ${told.join(", ")}`);
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function sayingText({ what, said }: Step): string {
  return said === undefined ? what : `${what}, ${said}`;
}
