import type { ContainerState } from "./container";
import { updateContainer } from "./update";

/** What every container of a stack is started with: the engine starts it again unless somebody stopped it. */
const restarted = "unless-stopped";

/** What a container of a stack is given by who stops it on purpose. */
const heldPolicy = "no";

/** A container as far as its hold shows. */
type Holdable = Pick<ContainerState, "State"> & { HostConfig: { RestartPolicy: { Name: string } } };

/**
 * Notes on the container itself that an operator wants it stopped. The note is the restart policy: whoever sees the container
 * sees it, on whichever machine, and it goes with the container.
 */
export async function hold(id: string): Promise<void> {
  await updateContainer(id, ["--restart", heldPolicy]);
}

/** Takes the note away. */
export async function release(id: string): Promise<void> {
  await updateContainer(id, ["--restart", restarted]);
}

/** Whether an operator holds it stopped. One that runs is not held, whatever its policy. */
export function isHeld({ State, HostConfig }: Holdable): boolean {
  return ["exited", "created"].includes(State.Status) && HostConfig.RestartPolicy.Name === heldPolicy;
}
