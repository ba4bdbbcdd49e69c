import { scrypt } from "node:crypto";
import { isDeepStrictEqual, promisify } from "node:util";
import { SettingsError } from "./errors";
import { restartProblems } from "./restart";
import type { Settings } from "./schema";

/** The settings in force. Whoever keeps this, and not a value out of it, follows a reload. */
export interface InForce {
  readonly settings: Settings;
}

/** Which configuration is in force. */
export interface Version {
  /** 1 for the one that the process began with; each that takes its place has the next number. */
  sequence: number;
  /** The same for the same settings, in every process; it tells nothing of what they are. */
  hash: string;
  /** When it was taken over, as an ISO 8601 time. */
  since: string;
}

/** A configuration that was not taken over. */
export interface Refusal {
  at: string;
  /** All that is wrong with it. */
  message: string;
}

/** How a reload ended. `unchanged` says that the settings are those in force. */
export type Outcome = "applied" | "unchanged" | "refused";

/** The settings in force, and how they came to be. */
export interface Status extends InForce {
  readonly version: Version;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** The last reload, where it was refused. */
  readonly refusal?: Refusal;
}

/** Everything is ready for other settings; one of the two has to follow. */
export interface Prepared {
  /** Takes them over, at once; it can't fail. */
  commit: () => void;
  /** Leaves everything as it is. */
  abandon: () => void;
}

/** Makes everything ready for other settings. */
export type Prepare = (next: Settings) => Promise<Prepared>;

/** The configuration in force, and the one way to another one: whole, or not at all. */
export class Configuration implements Status {
  readonly outcomes: Record<Outcome, number> = { applied: 0, unchanged: 0, refused: 0 };
  refusal?: Refusal;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(private current: { settings: Settings; version: Version }) {}

  /** The configuration that a process begins with. */
  static async of(settings: Settings): Promise<Configuration> {
    return new Configuration({ settings, version: await versionOf(settings, 1) });
  }

  get settings(): Settings {
    return this.current.settings;
  }

  get version(): Version {
    return this.current.version;
  }

  /**
   * Takes other settings over. What can't be used, or would need a restart, changes nothing.
   * @param read gives them; a reload waits for the one before it, and reads when it is its turn.
   */
  reload(read: () => Settings, prepare: Prepare): Promise<Outcome> {
    const outcome = this.turn.then(() => this.attempt(read, prepare));
    this.turn = outcome;
    return outcome;
  }

  private async attempt(read: () => Settings, prepare: Prepare): Promise<Outcome> {
    const outcome = await this.replace(read, prepare).catch((error: unknown): Outcome => {
      const message = error instanceof Error ? error.message : String(error);
      this.refusal = { at: new Date().toISOString(), message };
      return "refused";
    });
    if (outcome !== "refused") delete this.refusal;
    this.outcomes[outcome] += 1;
    return outcome;
  }

  private async replace(read: () => Settings, prepare: Prepare): Promise<Outcome> {
    const { settings, version } = this.current;
    const next = read();
    const problems = restartProblems(settings, next);
    if (problems.length > 0) throw new SettingsError(problems);
    if (isDeepStrictEqual(settings, next)) return "unchanged";
    const newer = await versionOf(next, version.sequence + 1);
    const prepared = await prepare(next);
    this.current = { settings: next, version: newer };
    prepared.commit();
    return "applied";
  }
}

async function versionOf(settings: Settings, sequence: number): Promise<Version> {
  return { sequence, hash: await hashOf(settings), since: new Date().toISOString() };
}

const slowHash = promisify(scrypt);

/** Anybody may read it, so it is slow to make: nobody finds a weak secret among the settings by trying. */
async function hashOf(settings: Settings): Promise<string> {
  const hash = (await slowHash(JSON.stringify(sorted(settings)), "mcp-gateway configuration", 6)) as Buffer;
  return hash.toString("hex");
}

/** With the keys of all maps in order, as the order in a file says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
