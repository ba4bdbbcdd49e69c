import { type ContainerState, inspectAll } from "../../engine/container";
import { askEngine } from "../../engine/api";

/** A container as far as commands that look after a stack ask. */
export interface FleetContainer extends ContainerState {
  /** ID of its image, `sha256:…`. */
  Image: string;
  /** When it was made, in ISO 8601. */
  Created: string;
  State: ContainerState["State"] & { StartedAt: string; FinishedAt: string };
  Config: ContainerState["Config"] & { Image: string; Labels: Record<string, string> | null };
  HostConfig: ContainerState["HostConfig"] & { RestartPolicy: { Name: string } };
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
}

/** The label that tells whose a container is; see components/labels.ts. */
const stackLabel = "dev.mcp.stack";

/** What ties a container to a stack, rightly or not. */
export interface FleetQuery {
  stack: string;
  /** What the engine calls its networks. */
  networks: readonly string[];
  containerNames: readonly string[];
  /** Further ones, by their IDs. */
  ids?: readonly string[];
}

/** A container as the engine lists it. */
interface ListedContainer {
  Id: string;
  Names: string[];
  Labels: Record<string, string> | null;
  NetworkSettings: { Networks: Record<string, unknown> };
}

/** All containers, running or not, that carry the stack's label, are on one of its networks, or have a name or ID that it needs. */
export async function findFleet<T extends FleetContainer = FleetContainer>({
  stack,
  networks: own,
  containerNames,
  ids: known = [],
}: FleetQuery): Promise<T[]> {
  const all = await askEngine<ListedContainer[]>("/containers/json?all=true");
  const tied = all.filter(
    ({ Id, Names, Labels, NetworkSettings }) =>
      Labels?.[stackLabel] === stack ||
      known.includes(Id) ||
      Object.keys(NetworkSettings.Networks).some((name) => own.includes(name)) ||
      Names.some((name) => containerNames.includes(name.replace(/^\//, ""))),
  );
  return inspectAll<T>(tied.map(({ Id }) => Id));
}

/** A stack's own containers among them by their names: those that carry its label. */
export function ownContainers(fleet: readonly FleetContainer[], stack: string): Map<string, FleetContainer> {
  return new Map(fleet.filter((found) => carriesLabel(found, stack)).map((found) => [nameOf(found), found]));
}

/** A container's name as users know it. */
export function nameOf({ Name }: Pick<ContainerState, "Name">): string {
  return Name.replace(/^\//, "");
}

/** Whether the container is the stack's own. */
export function carriesLabel({ Config }: FleetContainer, stack: string): boolean {
  return Config.Labels?.[stackLabel] === stack;
}

/** The filter that finds a stack's containers, for docker commands. */
export function stackFilter(stack: string): string {
  return `label=${stackLabel}=${stack}`;
}
