import type { Host } from "../../components/host";
import type { Topology } from "../../topology";

/** What is made with a topology to have a Compose project; nothing of it is read from the network or the clock. */
export interface ComposeParts {
  topology: Topology;
  /** By its name in the topology, what each image is called on the engine that the project is for. */
  images: ReadonlyMap<string, ImageReference>;
  host: Host;
}

export interface ImageReference {
  reference: string;
  /** It is on this machine and can be pulled from nowhere. */
  local: boolean;
}
