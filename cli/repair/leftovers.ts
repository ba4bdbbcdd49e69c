import { docker } from "../../engine/docker";
import type { StateResource } from "../pulumi";

/** An object on the engine that an update made and died before it could note it in the state. */
export interface Leftover {
  kind: "container" | "network";
  id: string;
  name: string;
}

/**
 * What carries the label of this very state and is not in it. Objects of another state, even of a stack of the same
 * name, carry another label; volumes are never among the leftovers.
 */
export async function leftovers(resources: StateResource[]): Promise<Leftover[]> {
  const environment = resources.find(
    ({ type, urn }) => type.startsWith("random:") && urn.endsWith("::environment"),
  );
  const label = environment?.outputs?.hex;
  if (typeof label !== "string") return [];
  const known = new Set(resources.map(({ id }) => id));
  const found = await Promise.all([
    list("container", ["ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"], label),
    list("network", ["network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"], label),
  ]);
  return found.flat().filter(({ id }) => !known.has(id));
}

/** Removes a leftover, a container as gently as its own stop settings say. */
export async function removeLeftover({ kind, id }: Leftover): Promise<void> {
  if (kind === "container") await docker(["stop", id]);
  await docker([kind, "rm", id]);
}

async function list(kind: Leftover["kind"], command: string[], label: string): Promise<Leftover[]> {
  const lines = (await docker([...command, "--filter", `label=dev.mcp.environment=${label}`]))
    .trim()
    .split("\n");
  return lines.filter(Boolean).map((line) => {
    const [id = "", name = ""] = line.split(" ");
    return { kind, id, name };
  });
}
