import { stripVTControlCharacters, styleText } from "node:util";

/** Colours of the terminal, by the name that Node has for them. */
export type Style = Parameters<typeof styleText>[0];

/** Text in colour, where standard output is a terminal and the user has not switched colours off (`NO_COLOR`). */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** A table's rows as lines, indented, its columns as wide as their widest cell; colours take no width. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const width = (cell = "") => stripVTControlCharacters(cell).length;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column]))));
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)));
    return `  ${cells.join("  ")}`.trimEnd();
  });
}
