import { ToldError } from "./told-error";

/** How long a database may take to end what it was told to end; its connection is dropped then. */
const GRACE_MS = 5000;

/** Databases keep the time limit by themselves, and say more of it: what goes on all the same is ended so much later. */
const LENIENCY_MS = 1000;

/** One request to end a statement may come while there is none to end yet. */
const AGAIN_MS = 500;

/** A statement was ended before it came to its own end. Its connection is not to be used again: a request to end may be on its way. */
export abstract class EndedError extends ToldError {}

/** Nobody waits for the call any more. */
export class CancelledError extends EndedError {
  override readonly reason = "cancelled";

  constructor() {
    super("The call was cancelled; nothing of it was kept");
  }
}

/** The time limit ended a statement without the database saying so. */
export class TimeLimitError extends EndedError {
  override readonly reason = "time_limit";

  constructor(milliseconds: number) {
    super(
      `The statement ran into its time limit of ${milliseconds / 1000} s; what it gave until then is no result`,
    );
  }
}

/** How what runs on a connection is ended. */
export interface Ending {
  /** Asks the database to end it; that it has ended is seen by the failure of whoever waits for it. */
  ask: () => Promise<void>;
  /** Drops the connection, which fails whatever waits for an answer on it. */
  drop: (reason: Error) => void;
}

/** When a call ends at the latest. */
export interface Limit {
  /** Aborts when nobody waits for the call any more. */
  signal?: AbortSignal | undefined;
  milliseconds: number;
}

/**
 * Works with a connection, and has the database end that where the limit comes first. It returns once the work has ended: a
 * connection that still runs something is not free.
 * @throws EndedError where the limit came first, whatever came of the work.
 */
export async function endingAt<T>(
  { signal, milliseconds }: Limit,
  { ask, drop }: Ending,
  work: () => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw new CancelledError();
  let reason: EndedError | undefined;
  let again: NodeJS.Timeout | undefined;
  let grace: NodeJS.Timeout | undefined;
  const end = (why: EndedError) => {
    if (reason) return;
    reason = why;
    // What can't be asked is dropped below.
    const askNow = () => void ask().catch(() => undefined);
    askNow();
    again = setInterval(askNow, AGAIN_MS);
    grace = setTimeout(() => drop(why), GRACE_MS);
  };
  const cancelled = () => end(new CancelledError());
  const limit = setTimeout(() => end(new TimeLimitError(milliseconds)), milliseconds + LENIENCY_MS);
  signal?.addEventListener("abort", cancelled);
  const settled = await Promise.allSettled([work()]);
  signal?.removeEventListener("abort", cancelled);
  clearTimeout(limit);
  clearInterval(again);
  clearTimeout(grace);
  if (reason) throw reason;
  const [outcome] = settled;
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}

/**
 * Waits for what takes a database a moment, a COMMIT for one; one that does not answer in all the time that a statement has
 * is taken for dead.
 */
export async function answering<T>(
  milliseconds: number,
  drop: Ending["drop"],
  work: () => Promise<T>,
): Promise<T> {
  const most = milliseconds + GRACE_MS;
  const late = setTimeout(() => drop(new Error(`The database did not answer within ${most / 1000} s`)), most);
  try {
    return await work();
  } finally {
    clearTimeout(late);
  }
}
