import { UsageError } from "../../arguments";

/** The options of `npm run logs` that say which lines. */
export interface RangeOptions {
  since?: string | undefined;
  until?: string | undefined;
  tail?: string | undefined;
  follow: boolean;
}

/**
 * Checks the options here, as the engine would refuse them once for every container.
 * @throws UsageError
 */
export function checkRange({ since, until, tail, follow }: RangeOptions): void {
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
  if (follow && until !== undefined)
    throw new UsageError("--follow goes on until it is interrupted, --until ends earlier; give one.");
}

function isTime(value: string): boolean {
  return (
    /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value) || (/^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)))
  );
}
