/**
 * What a stack is, beside what it should be: what `npm run drift -- --json` prints. Scripts may rely on it: keys are added,
 * never renamed or removed, and what is not known is `null`.
 */
export interface DriftReport {
  stack: string;
  /** When it was looked at, in ISO 8601. */
  checkedAt: string;
  /** Whether there is any difference; `null` where it could not be told, with `problem` to say why. */
  drifted: boolean | null;
  problem: string | null;
  /** In the order of the checks; equal ones are never listed twice. */
  differences: Difference[];
  /** Services that are stopped as an operator wants it, and those that wait for one; they are no differences. */
  held: Held[];
  /** What is no difference, and worth knowing: a schema that settings name and that is not there yet. */
  notes: string[];
  /** What `--fix` has mended in this run; empty without it. */
  mended: Difference[];
}

/** What kind of thing differs. */
export const kinds = [
  "container",
  "network",
  "impostor",
  "volume",
  "image",
  "file",
  "configuration",
  "secret",
  "rights",
  "certificate",
  "state",
  "checkout",
] as const;

/**
 * `state`: the state was edited. `checkout`: the stack was put up from another program or other settings. `rights`: what database
 * users may do. `impostor`: a container that answers to the name of a service that it is not.
 */
export type Kind = (typeof kinds)[number];

/** One thing that is not as it should be. */
export interface Difference {
  /** The same for the same difference in every run: `container/postgres-mcp/memory`. */
  id: string;
  kind: Kind;
  /** Its name on the engine, or in the state. */
  object: string;
  /** The service that it belongs to. */
  service: string | null;
  /** What of it differs: `memory`, `stopped`, `environment LANG`. */
  what: string;
  /** Never a secret's value. */
  expected: string;
  found: string;
  /** ISO 8601; the earliest moment that is known. */
  since: string | null;
  /** What the engine's events or the stack's history tell of who did it. */
  by: string | null;
  mend: {
    /** Whether `--fix` does it. */
    automatic: boolean;
    /** The command that mends it. */
    command: string;
  };
}

/** A service that does not run, as an operator wants it. */
export interface Held {
  service: string;
  /** The service that it waits for, where it is not itself the one that is held. */
  waitsFor: string | null;
  since: string | null;
  /** The command that starts it again. */
  command: string;
}

/** What no one could tell: the state can't be read, no engine answers, an update is running. */
export class CannotTell extends Error {
  override name = "CannotTell";
}
