import { AsyncLocalStorage } from "node:async_hooks";

/** What a call's line in the log says besides: names and codes, never what the call was made with. */
export type CallNotes = Record<string, string>;

const current = new AsyncLocalStorage<CallNotes>();

/** Does a call's work, and gathers in `notes` what it says of itself meanwhile. */
export function noting<T>(notes: CallNotes, work: () => T): T {
  return current.run(notes, work);
}

/** Says something of the call that is being answered, for its line in the log; of no effect elsewhere. */
export function noteOfCall(notes: CallNotes): void {
  Object.assign(current.getStore() ?? {}, notes);
}
