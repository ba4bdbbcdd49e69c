import type { LogLine } from "../../../engine/logs";

/** A line with the service that logged it. */
export interface ServiceLine extends LogLine {
  service: string;
}

/** Lines in the order of time; those of one moment stay as they came. */
export function byTime(lines: readonly ServiceLine[]): ServiceLine[] {
  return lines.toSorted((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
}

/** The lines of two sources that know much of the same, each once, in the order of time. */
export function union(one: readonly ServiceLine[], other: readonly ServiceLine[]): ServiceLine[] {
  const key = ({ service, time, text }: ServiceLine) => `${service} ${time} ${text}`;
  const known = new Set(one.map(key)); // a line that was printed twice in one nanosecond is in `one` twice
  return byTime([...one, ...other.filter((line) => !known.has(key(line)))]);
}

/** How long a line waits for older ones of other containers. */
const holdMs = 200;

/** Puts lines that come from many containers at once into the order of time, as far as a short wait can. */
export class Sorter {
  private held: ServiceLine[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly emit: (line: ServiceLine) => void) {}

  add(line: ServiceLine): void {
    this.held.push(line);
    this.timer ??= setTimeout(() => this.flush(), holdMs);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const lines = byTime(this.held);
    this.held = [];
    lines.forEach(this.emit);
  }
}
