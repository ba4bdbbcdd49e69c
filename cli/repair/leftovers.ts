import { docker } from "../../engine/docker";
import type { Labelled } from "./objects";

/** Removes what an update made and nobody noted, a container as gently as its own stop settings say. */
export async function removeLeftover({ kind, id }: Labelled): Promise<void> {
  if (kind === "container") await docker(["stop", id]);
  await docker([kind, "rm", id]);
}
