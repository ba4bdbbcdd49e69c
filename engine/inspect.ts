import { askEngine, EngineError } from "./api";

/** What the engine knows objects of. */
export type ObjectKind = "container" | "image" | "network" | "volume";

const paths: Record<ObjectKind, (name: string) => string> = {
  container: (name) => `/containers/${name}/json`,
  image: (name) => `/images/${name}/json`,
  network: (name) => `/networks/${name}`,
  volume: (name) => `/volumes/${name}`,
};

/** The JSON that `docker inspect` gives for one object, or undefined where there is none of that name. */
export async function inspect<T>(kind: ObjectKind, name: string): Promise<T | undefined> {
  try {
    return await askEngine<T>(paths[kind](name));
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}

/** The JSON that `docker inspect` gives for those objects that exist. */
export async function inspectExisting<T>(kind: ObjectKind, names: readonly string[]): Promise<T[]> {
  const found = await Promise.all(names.map((name) => inspect<T>(kind, name)));
  return found.filter((object) => object !== undefined);
}
