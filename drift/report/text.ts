import { type Style, styled } from "../../cli/operate/style";
import type { Difference, DriftReport, Held } from "../types";

/** A report as people read it: each difference with what mends it, and last the one line that says how it stands. */
export function driftText(report: DriftReport): string[] {
  const { mended, differences, held, notes } = report;
  return [
    ...mended.map((difference) => styled("green", `mended: ${title(difference)}`)),
    ...differences.flatMap(paragraph),
    ...held.map(heldLine),
    ...notes,
    ...(mended.length + differences.length + held.length + notes.length > 0 ? [""] : []),
    conclusion(report),
  ];
}

function paragraph(difference: Difference): string[] {
  const { expected, found, since, by, mend } = difference;
  const traces = [since && `since ${since}`, by && `by ${by}`].filter(Boolean).join(", ");
  return [
    styled("red", title(difference)),
    `  expected  ${expected}`,
    `  found     ${found}`,
    ...(traces ? [`  ${traces}`] : []),
    `  mend      ${mend.command}`,
  ];
}

function title({ kind, object, what }: Difference): string {
  return `${kind} ${object}: ${what}`;
}

function heldLine({ service, waitsFor, since, command }: Held): string {
  const why = waitsFor
    ? `waits for ${waitsFor}, which is held`
    : `is held stopped${since ? ` since ${since}` : ""}`;
  return styled("yellow", `${service} ${why}; start it with: ${command}`);
}

function conclusion({ stack, drifted, problem, differences, mended }: DriftReport): string {
  const say = (style: Style, text: string) => styled(style, `${stack}: ${text}`);
  if (drifted === null) return say("red", `could not tell. ${problem ?? ""}`);
  if (!drifted) return say("green", `as it should be${mended.length ? `; ${mended.length} mended` : ""}.`);
  const one = differences.length === 1;
  return say("red", `${differences.length} ${one ? "difference" : "differences"}.`);
}
