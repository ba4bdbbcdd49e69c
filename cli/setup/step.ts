import type { Log } from "../../progress";

/** One thing that the project needs on a machine. */
export interface Step {
  /** Short name, as it stands before its lines of progress. */
  name: string;
  /** What is missing, or what is there already; looks only, and changes nothing. */
  check(): Promise<Found>;
}

export type Found = { there: string } | Missing;

export interface Missing {
  /** What will be done, named before it is done; it changes only what it names. */
  will: string;
  /** How long that takes, for example `about 20 s`. */
  takes: string;
  apply(log: Log): Promise<void>;
}

/** A step that can't be done here; the message says what the user can do. */
export class SetupError extends Error {
  override name = "SetupError";
}
