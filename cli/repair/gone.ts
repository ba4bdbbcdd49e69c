import { inspect, type ObjectKind } from "../../engine/inspect";
import type { StateResource } from "../pulumi";

/** The kinds of objects on the engine, by the type of the resource that stands for one in the state. */
const kinds: Record<string, { kind: ObjectKind; noun: string }> = {
  "docker:index/container:Container": { kind: "container", noun: "container" },
  "docker:index/network:Network": { kind: "network", noun: "network" },
  "docker:index/volume:Volume": { kind: "volume", noun: "volume" },
  "mcpdocker:index:ConfigVolume": { kind: "volume", noun: "configuration" },
  "mcpdocker:index:LiveConfig": { kind: "volume", noun: "configuration" },
  "mcpdocker:index:Image": { kind: "image", noun: "image" },
};

/** Something that the state names and the engine does not have. */
export interface Gone {
  noun: string;
  name: string;
  /** It held data, which is gone with it. */
  held: boolean;
}

/** What the state names and is not there any more. */
export async function goneObjects(resources: readonly StateResource[]): Promise<Gone[]> {
  const looked = resources.map(async ({ type, id = "", urn, inputs }): Promise<Gone[]> => {
    const kind = kinds[type];
    if (!kind || (await inspect(kind.kind, id))) return [];
    return [{ noun: kind.noun, name: urn.split("::").at(-1) ?? id, held: holdsData(inputs) }];
  });
  return (await Promise.all(looked)).flat();
}

function holdsData(inputs: Record<string, unknown> = {}): boolean {
  const labels = Array.isArray(inputs.labels) ? (inputs.labels as { label?: string; value?: string }[]) : [];
  return labels.some(({ label, value }) => label === "dev.mcp.volume-kind" && value === "data");
}
