import { UsageError } from "../../arguments";

/** The options of `npm run logs` that say which lines. */
export interface RangeOptions {
  since?: string | undefined;
  until?: string | undefined;
  tail?: string | undefined;
  /** The id of a trace: lines without it are left out. */
  trace?: string | undefined;
  follow: boolean;
}

/**
 * Checks the options here, as the engine would refuse them once for every container.
 * @throws UsageError
 */
export function checkRange({ since, until, tail, trace, follow }: RangeOptions): void {
  for (const [name, value] of [
    ["since", since],
    ["until", until],
  ] as const) {
    if (value === undefined || isTime(value)) continue;
    throw new UsageError(
      `--${name}: "${value}" is not a time; give a span such as 10m or 1h30m, or a date such as 2025-06-01T12:00:00Z.`,
    );
  }
  if (tail !== undefined && !/^(\d+|all)$/.test(tail))
    throw new UsageError(`--tail: "${tail}" is not a number of lines, nor "all".`);
  if (trace !== undefined && !/^[0-9a-f]{32}$/.test(trace))
    throw new UsageError(
      `--trace: "${trace}" is not the id of a trace, which has 32 digits of 0 to 9 and a to f.`,
    );
  if (trace !== undefined && tail !== undefined)
    throw new UsageError(
      "--tail counts lines before --trace looks at them; give one, and --since for a shorter way.",
    );
  if (follow && until !== undefined)
    throw new UsageError("--follow goes on until it is interrupted, --until ends earlier; give one.");
}

function isTime(value: string): boolean {
  return isSpan(value) || (/^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)));
}

function isSpan(value: string): boolean {
  return /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value);
}

const milliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The moment in ISO 8601 that a checked value means: so long before `now`, or a date, in this machine's time as the engine's CLI takes it. */
export function timeOf(value: string, now: number): string {
  if (!isSpan(value)) {
    const dateOnly = /^\d{4}-\d\d-\d\d$/.test(value); // which JavaScript takes for one of Greenwich
    return new Date(dateOnly ? `${value}T00:00:00` : value).toISOString();
  }
  const parts = [...value.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  const span = parts.reduce((sum, [, n, unit = ""]) => sum + Number(n) * (milliseconds[unit] ?? 0), 0);
  return new Date(now - span).toISOString();
}
