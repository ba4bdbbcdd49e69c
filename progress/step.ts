/** One thing that takes its time: what is done, how long that usually takes, and how far it is. */
export interface Step {
  /** Whose it is, for example `Images`; "" where that goes without saying. */
  readonly part: string;
  /** What is done, for example `building mariadb`. */
  readonly what: string;
  /** How long it usually takes, in seconds; undefined where nobody knows. */
  readonly usualSeconds: number | undefined;
  /** When it began, in milliseconds since 1970. */
  readonly began: number;
  /** When it ended; left out while it runs. */
  ended?: number;
  failed?: boolean;
  /** What came of it, where there is more to say than that it is done. */
  outcome?: string | undefined;
  /** The last line that it wrote about itself. */
  said?: string;
}

/** Shows steps to the user, as they begin and end, and lines besides. */
export interface View {
  began(step: Step): void;
  ended(step: Step): void;
  note(part: string, line: string): void;
  /** Leaves the terminal to others until the function that it gives is called. */
  suspend(): () => void;
  /** Nothing more comes: what still runs is said to be stopped. */
  close(): void;
}

/** A step that runs, in the hands of whoever does it. */
export interface Running {
  /** Takes a line that it writes: shown while it runs, and one of the last of them where it fails. */
  say: (line: string) => void;
  /**
   * Ends it, once.
   * @param outcome what came of it, for example `healthy`
   */
  done: (outcome?: string) => void;
  /** Ends it, once. */
  failed: () => void;
  /** The last lines that it wrote, for the message of a failure. */
  tail: () => string;
}

/** Takes lines about work. One that shows steps while they run takes those as well. */
export interface Log {
  (line: string): void;
  begin?: (what: string, usualSeconds?: number) => Running;
}

/** One that does take steps. */
export type StepLog = Log & Required<Pick<Log, "begin">>;

/** How long a step has taken until now, or took. */
export function secondsOf({ began, ended = Date.now() }: Step): number {
  return Math.round((ended - began) / 1000);
}

/** Whether a step that ended is worth a line: what took no time has been said when it began. */
export function isWorthTelling(step: Step): boolean {
  return secondsOf(step) >= 1 || step.failed === true || step.outcome !== undefined;
}

/** A time for readers: `38 s`, `2 min 10 s`. */
export function timeText(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** What a step that ended is to be called: `building mariadb`, or `postgres-db: healthy`. */
export function resultText({ what, outcome }: Step): string {
  return outcome === undefined ? what : `${what}: ${outcome}`;
}

/** How long it has run beside how long that usually takes: `38 s, usually 40 s`. */
export function elapsedText(step: Step): string {
  return [timeText(secondsOf(step)), ...usualText(step)].join(", ");
}

/** `usually 40 s`; nothing where nobody knows, or it is too short to be waited for. */
export function usualText({ usualSeconds = 0 }: Step): string[] {
  return usualSeconds > 2 ? [`usually ${timeText(usualSeconds)}`] : [];
}
