import type { ConfigVolumeInputs } from "../provider/config-volume";
import type { LiveConfigInputs } from "../provider/live-config";
import type { DatabaseUserInputs } from "../provider/database-user";
import type { Expected } from "./expected";
import type { Observed } from "./observed";
import type { Difference, Kind } from "./types";

/** What a check is given; it answers from this alone. */
export interface Evidence {
  expected: Expected;
  observed: Observed;
  /** What was found by earlier looks of the same run. */
  before: Before;
  /** The line with which a user runs a command of the project for this stack. */
  line: (command: string, words?: readonly string[]) => string;
  provenance: Provenance;
}

/** What is remembered from one look to the next. */
export interface Before {
  /** How often the engine had restarted a container when it was first looked at, by its ID. */
  restarts: ReadonlyMap<string, number>;
  /** IDs of the containers that were found unhealthy. */
  unhealthy: ReadonlySet<string>;
}

/** How the program of this checkout stands to the one that the stack was last put up from. */
export interface Provenance {
  /** `same`: program and settings are the same; `newer`: the stack is from a commit that this checkout lacks. */
  relation: "same" | "newer" | "older" | "unknown";
  /** Of the last update, as text; undefined where it is not known. */
  update: { since: string; by: string } | undefined;
}

/** How a difference can be mended without a risk to data. */
export type Repair =
  | { do: "start" | "unpause" | "restart"; container: string }
  | { do: "update"; container: string; options: string[] }
  | { do: "rename"; container: string; name: string }
  | { do: "connect"; container: string; network: string; address?: string; aliases: string[] }
  | { do: "disconnect"; container: string; network: string }
  | { do: "tag"; imageId: string; reference: string }
  | { do: "refill"; inputs: ConfigVolumeInputs; container?: string }
  | { do: "exchange"; inputs: LiveConfigInputs }
  | { do: "grant"; user: DatabaseUserInputs }
  | { do: "network"; id: string }
  | { do: "rebuild"; service: string };

/** A difference as a check finds it, with what `--fix` may do about it. */
export interface Finding extends Difference {
  repair?: Repair;
}

/** A kind of check: what of the expected is not so. Each is a function of the evidence, and knows no other. */
export type Check = (evidence: Evidence) => Finding[];

/** What a check says of a finding; the rest follows. */
interface Told {
  kind: Kind;
  object: string;
  service?: string;
  what: string;
  expected: string;
  found: string;
  trace?: { since?: string | undefined; by?: string } | undefined;
}

/** How it is mended: by `--fix`, or by a command that somebody has to decide on. */
type Mend = { repair: Repair } | { command: string };

/** Puts a finding together. */
export function finding(
  { line }: Pick<Evidence, "line">,
  { kind, object, service, what, expected, found, trace }: Told,
  mend: Mend,
): Finding {
  const automatic = "repair" in mend;
  return {
    id: `${kind}/${service ?? object}/${what}`,
    kind,
    object,
    service: service ?? null,
    what,
    expected,
    found,
    since: trace?.since ?? null,
    by: trace?.by ?? null,
    mend: { automatic, command: automatic ? line("drift", ["--fix"]) : mend.command },
    ...(automatic ? { repair: mend.repair } : {}),
  };
}
