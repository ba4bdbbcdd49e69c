import { onExit } from "signal-exit";
import { theView } from "./current";
import { LineView } from "./lines";
import { LiveView } from "./live";
import { logOf } from "./log";
import type { StepLog, View } from "./step";
import { TerminalScreen } from "./terminal-screen";

export { begin, step } from "./run";
export type { Log, Running } from "./step";

/** The steps and lines of a part of a command's work, on standard error: a live list on a terminal, lines elsewhere. */
export function progressOf(part: string): StepLog {
  return logOf(part, theView(standardView));
}

/** Like progressOf, for commands whose output programs read as well: without a terminal it says nothing. */
export function liveProgressOf(part: string): StepLog {
  return logOf(part, canBeLive(process.stderr, process.env) ? theView(standardView) : silent);
}

const silent: View = {
  began: () => undefined,
  ended: () => undefined,
  note: () => undefined,
  suspend: () => () => undefined,
  close: () => undefined,
};

/**
 * Whether a live list can be shown there.
 * @param env `CI`, `NO_COLOR` and `TERM=dumb` each ask for lines
 */
export function canBeLive(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env["CI"] && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

function standardView(): View {
  if (!canBeLive(process.stderr, process.env)) return new LineView((line) => console.error(line));
  const view = new LiveView(new TerminalScreen());
  // A process that is ended, by Ctrl-C for one, leaves no list behind.
  onExit(() => view.close());
  return view;
}
