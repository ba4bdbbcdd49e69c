import { setTimeout as sleep } from "node:timers/promises";
import { docker, DockerError } from "./docker";

/** What the engine knows objects of. */
export type ObjectKind = "container" | "image" | "network" | "volume";

/** What an object can be asked for by. */
interface Named {
  Id?: string;
  Name?: string;
  RepoTags?: string[] | null;
}

/** The JSON that `docker inspect` gives for one object, or undefined where there is none of that name. */
export async function inspect<T>(kind: ObjectKind, name: string): Promise<T | undefined> {
  const [found] = await inspectExisting<T>(kind, [name]);
  return found;
}

/** The JSON that `docker inspect` gives for those objects that exist. */
export async function inspectExisting<T>(kind: ObjectKind, names: readonly string[]): Promise<T[]> {
  const text = await docker([kind, "inspect", ...names]).catch((error: unknown) => {
    // One that is missing fails the command, which has named the others all the same.
    if (error instanceof DockerError && /no such|not found/i.test(error.stderr)) return error.stdout;
    throw error;
  });
  return JSON.parse(text || "[]") as T[];
}

/** How long a question waits for others that are asked at the same moment. */
const gatherMs = 15;

interface Round {
  names: Set<string>;
  answers: Promise<Named[]>;
}

const gathering = new Map<ObjectKind, Round>();

/**
 * One object like `inspect`, asked together with all others of its kind that are asked for at the same moment: a refresh
 * looks at everything, and starting the CLI takes longer than its answer.
 * @param name a whole ID or a whole name, with the tag where it is an image's.
 */
export async function inspectTogether<T>(kind: ObjectKind, name: string): Promise<T | undefined> {
  const round = gathering.get(kind) ?? newRound(kind);
  round.names.add(name);
  return (await round.answers).find((found) => isNamed(found, name)) as T | undefined;
}

function newRound(kind: ObjectKind): Round {
  const names = new Set<string>();
  const answers = sleep(gatherMs).then(() => {
    gathering.delete(kind);
    return inspectExisting<Named>(kind, [...names]);
  });
  const round = { names, answers };
  gathering.set(kind, round);
  return round;
}

function isNamed({ Id, Name, RepoTags }: Named, name: string): boolean {
  return Id === name || Name === name || Name === `/${name}` || (RepoTags?.includes(name) ?? false);
}
