import type { Service } from "../../topology";
import type { StateResource } from "../pulumi";

/** The resources that a rebuild of a service may change, by URN. */
export interface RebuildTargets {
  /** The container, which is replaced where a rebuild is forced. */
  container: string;
  all: string[];
}

/**
 * What belongs to a service in the stack's state: its image, all below its component, and the database users that live in
 * its container. None of them is a container that depends on it. Undefined where the state has no such service.
 */
export function rebuildTargets(
  resources: readonly StateResource[],
  { name, image }: Pick<Service, "name" | "image">,
): RebuildTargets | undefined {
  const named = (type: string, of: string) =>
    resources.find((resource) => resource.type === type && resource.urn.endsWith(`::${of}`));
  const component = named("mcp:docker:ServiceContainer", name);
  const container = named("docker:index/container:Container", name);
  if (!component || !container) return undefined;
  const own = resources.filter(({ parent }) => parent === component.urn);
  const users = resources.filter(
    ({ type, inputs }) => type === "mcpdocker:index:DatabaseUser" && inputs?.containerId === container.id,
  );
  const parts = [named("mcpdocker:index:Image", image), ...own, ...users];
  return { container: container.urn, all: [...new Set(parts.flatMap((part) => part?.urn ?? []))] };
}
