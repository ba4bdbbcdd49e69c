import type { Rows, Value } from "./database";
import type { Limits } from "./settings";
import { ToldError } from "./told-error";

/** Takes a result's rows one by one and stops at the limits. */
export class RowCollector {
  private columns: Rows["columns"] = [];
  private readonly rows: Rows["rows"] = [];
  private bytes = 0;
  private truncated = false;

  constructor(private readonly limits: Limits) {}

  /** Names the columns. A name that comes twice, as a join gives it, gets a number, so that no value is lost. */
  describe(columns: Rows["columns"]): void {
    const seen = new Set<string>();
    this.columns = columns.map(({ name, type }) => {
      let unique = name;
      for (let count = 2; seen.has(unique); count += 1) unique = `${name}_${count}`;
      seen.add(unique);
      return { name: unique, type };
    });
  }

  /** Takes a row if the limits allow; false once they don't, from when on the rest need not be read. */
  add(values: readonly Value[], bytes: number): boolean {
    this.bytes += bytes;
    if (this.truncated || this.rows.length >= this.limits.rows || this.bytes > this.limits.bytes) {
      this.truncated = true;
      return false;
    }
    this.rows.push(Object.fromEntries(this.columns.map(({ name }, index) => [name, values[index] ?? null])));
    return true;
  }

  result(): Rows {
    return { columns: this.columns, rows: this.rows, truncated: this.truncated };
  }
}

/** A result that came in faster than it could be cut: one value alone is larger than what is kept in memory. */
export class ResultTooLargeError extends ToldError {
  override readonly reason = "too_large";

  constructor() {
    super(
      "The result is too large to be read; ask for fewer columns or a part of the value, with substring() for one",
    );
  }
}

/** How many bytes a statement may send before its connection is closed; well above what a cut result needs. */
export const mostBytesRead = (limits: Limits) => limits.bytes * 4 + 4 * 1024 * 1024;
