import { stripVTControlCharacters, styleText } from "node:util";
import { elapsedText, resultText, secondsOf, type Step, timeText } from "./step";

/** Colours of the terminal, by the name that Node has for them. */
type Style = Parameters<typeof styleText>[0];

/** The terminal's size. */
export interface Size {
  columns: number;
  rows: number;
}

const barWidth = 10;
/** What is narrower has no room for bars. */
const columnsForBars = 70;
/** More lines than these are not taken in at a glance. */
const mostLines = 12;
const mostStopped = 5;

/** The live list: a line for each step that runs, the oldest first, as far as the terminal has room for them. */
export function frame(running: readonly Step[], { columns, rows }: Size): string {
  // One row for what is left out, and one below the list for the cursor.
  const room = Math.max(1, Math.min(mostLines, rows - 2));
  const shown = running.slice(0, room);
  const parts = aligned(shown.map(({ part }) => part));
  const times = aligned(shown.map(elapsedText));
  const withBars = columns >= columnsForBars && shown.some(({ usualSeconds }) => usualSeconds !== undefined);
  const lines = shown.map((step, index) => {
    const bar = withBars ? `${barOf(step)}  ` : "";
    const before = `  ${parts[index]}${styled("cyan", bar)}${styled("dim", times[index] ?? "")}`;
    // A full line would make some terminals wrap.
    const left = columns - 1 - stripVTControlCharacters(before).length;
    return before + fitted(step.said === undefined ? step.what : `${step.what}: ${step.said}`, left);
  });
  const more = running.length - shown.length;
  return [...lines, ...(more > 0 ? [styled("dim", `  … and ${more} more`)] : [])].join("\n");
}

/** The line that stays of a step that has ended. */
export function endLine(step: Step): string {
  const time = timeText(secondsOf(step));
  const [sign, tail] = step.failed
    ? [styled("red", "✖"), `failed after ${time}`]
    : [styled("green", "✔"), time];
  return `  ${sign} ${title(step)}  ${styled("dim", tail)}`;
}

/** The lines that stay of steps that were cut short; of many the oldest. */
export function stoppedLines(steps: readonly Step[]): string[] {
  const more = steps.length - mostStopped;
  return [...steps.slice(0, mostStopped).map(stoppedLine), ...(more > 0 ? [`  … and ${more} more`] : [])];
}

function stoppedLine(step: Step): string {
  return `  ${styled("yellow", "–")} ${title(step)}  ${styled("dim", `stopped after ${timeText(secondsOf(step))}`)}`;
}

function title(step: Step): string {
  return [step.part, resultText(step)].filter(Boolean).join("  ");
}

/** Texts as a column: all as wide as the widest, and a gap; none where there is no text. */
function aligned(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => (width === 0 ? "" : `${text.padEnd(width)}  `));
}

/** How much of the usual time has gone; empty where nobody knows that. */
function barOf(step: Step): string {
  const { usualSeconds } = step;
  if (usualSeconds === undefined) return " ".repeat(barWidth);
  const full = Math.min(barWidth, Math.floor((secondsOf(step) / Math.max(1, usualSeconds)) * barWidth));
  return "▰".repeat(full) + "▱".repeat(barWidth - full);
}

function fitted(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? "" : `${text.slice(0, width - 1)}…`;
}

function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}
