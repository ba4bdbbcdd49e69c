import type { View } from "./step";

/** What this process shows its steps by, once there is one. */
let current: View | undefined;

/** The process's one view; made when it is first asked for. */
export function theView(make: () => View): View {
  return (current ??= make());
}

/** Leaves the terminal to somebody else as long as the work takes, for example to a command that writes to it. */
export async function leavingTerminal<T>(work: () => Promise<T>): Promise<T> {
  const resume = current?.suspend();
  try {
    return await work();
  } finally {
    resume?.();
  }
}

/** Ends all progress, before a last word about why. */
export function endProgress(): void {
  current?.close();
}
