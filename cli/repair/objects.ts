import { type ContainerState, inspectAll } from "../../engine/container";
import { docker } from "../../engine/docker";
import { nameOf } from "../operate/containers";

/** A container as a repair looks at it. */
export interface FoundContainer extends ContainerState {
  /** ID of its image. */
  Image: string;
  Config: ContainerState["Config"] & { Env: string[] | null; Labels: Record<string, string> | null };
  HostConfig: ContainerState["HostConfig"] & { Tmpfs?: Record<string, string> | null };
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[];
}

/** An object on the engine that carries a stack's labels. */
export interface Labelled {
  kind: "container" | "network";
  id: string;
  name: string;
  /** The random name of the environment that made it; see components/labels.ts. */
  environment: string;
}

/** The containers and networks that carry a stack's label, whichever state they are of. */
export async function labelledObjects(stack: string): Promise<Labelled[]> {
  const filter = ["--no-trunc", "--filter", `label=dev.mcp.stack=${stack}`, "--format"];
  const label = `{{.Label "dev.mcp.environment"}}`;
  const found = await Promise.all([
    list("container", ["ps", "--all", ...filter, `{{.ID}} {{.Names}} ${label}`]),
    list("network", ["network", "ls", ...filter, `{{.ID}} {{.Name}} ${label}`]),
  ]);
  return found.flat();
}

/** Containers by name, with all that the engine tells of them. */
export async function containersByName(objects: readonly Labelled[]): Promise<Map<string, FoundContainer>> {
  const ids = objects.filter(({ kind }) => kind === "container").map(({ id }) => id);
  const found = ids.length > 0 ? await inspectAll<FoundContainer>(ids) : [];
  return new Map(found.map((container) => [nameOf(container), container]));
}

async function list(kind: Labelled["kind"], command: string[]): Promise<Labelled[]> {
  const lines = (await docker(command)).trim().split("\n").filter(Boolean);
  return lines.map((line) => {
    const [id = "", name = "", environment = ""] = line.split(" ");
    return { kind, id, name, environment };
  });
}
