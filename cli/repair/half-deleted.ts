import type { Deployment } from "./adopt/deployment";

/**
 * Database users whose deletion was begun and not noted as done: whether they are locked out already the state can't tell,
 * and a read of the engine does not either. Once they are forgotten, the next update gives them their rights again, which
 * is without effect where they have them.
 */
export function halfDeletedUsers({ deployment }: Deployment): string[] {
  return (deployment.pending_operations ?? [])
    .filter(({ type, resource }) => type === "deleting" && resource.type === "mcpdocker:index:DatabaseUser")
    .map(({ resource }) => resource.urn);
}

/** A state that does not know these resources, nor what was begun with them; nothing else of it may hang on them. */
export function withoutThese(state: Deployment, urns: readonly string[]): Deployment {
  const { resources = [], pending_operations: pending = [] } = state.deployment;
  return {
    ...state,
    deployment: {
      ...state.deployment,
      resources: resources.filter(({ urn }) => !urns.includes(urn)),
      pending_operations: pending.filter(({ resource }) => !urns.includes(resource.urn)),
    },
  };
}
