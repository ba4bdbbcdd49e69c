import { docker } from "../../engine/docker";
import { hold, release } from "../../engine/hold";
import { waitHealthy } from "../../engine/health";
import { type Log, progressOf, step as timed } from "../../progress";
import type { Service } from "../../topology";
import { SetupError } from "../setup/step";
import { commandLine } from "./command-line";
import type { FleetContainer } from "./containers";
import type { Fleet } from "./fleet";
import { startSteps } from "./services";

/** Starts again, or for the first time, step by step, and waits until each is healthy. */
export async function restartServices(fleet: Fleet, services: readonly Service[]): Promise<void> {
  const log = progressOf("Restart");
  await bringUp(fleet, services, log, async ({ Id }) => {
    await release(Id);
    await docker(["restart", Id]);
  });
}

/** Starts what does not run, step by step, and waits until each is healthy; what runs is left alone. */
export async function startServices(fleet: Fleet, services: readonly Service[]): Promise<void> {
  const log = progressOf("Start");
  await bringUp(fleet, services, log, async ({ Id, State }) => {
    await release(Id);
    if (State.Status === "paused") await docker(["unpause", Id]);
    else if (State.Status !== "running") await docker(["start", Id]);
  });
}

/**
 * Stops from the top step to the lowest, each container as gently as its own stop settings say, and holds it: nothing
 * starts it again by itself until somebody does.
 */
export async function stopServices(fleet: Fleet, services: readonly Service[]): Promise<void> {
  const log = progressOf("Stop");
  for (const step of startSteps(fleet.topology, services).reverse()) {
    await all(step, async ({ name }) => {
      const container = fleet.containers.get(name);
      if (!container) return;
      await hold(container.Id);
      if (["exited", "created", "dead"].includes(container.State.Status)) return;
      await timed(log, name, undefined, async ({ done }) => {
        await docker(["stop", container.Id]);
        done("stopped");
      });
    });
  }
}

async function bringUp(
  fleet: Fleet,
  services: readonly Service[],
  log: Log,
  act: (container: FleetContainer) => Promise<void>,
): Promise<void> {
  const containers = everyContainer(fleet, services);
  for (const step of startSteps(fleet.topology, services)) {
    await all(step, async ({ name }) => {
      const container = containers(name);
      await timed(log, name, undefined, async ({ done }) => {
        await act(container);
        await waitHealthy(container.Id, fleet.healthTimeout);
        done("healthy");
      });
    });
  }
}

/** Refuses before anything is changed where a container is missing: it takes an update to make one. */
function everyContainer({ stack, containers }: Fleet, services: readonly Service[]) {
  const missing = services.filter(({ name }) => !containers.has(name)).map(({ name }) => name);
  if (missing.length > 0)
    throw new SetupError(
      `No container here: ${missing.join(", ")}. Make it with: ${commandLine("up", stack)}`,
    );
  return (name: string) => containers.get(name) as FleetContainer;
}

/** Does the same to all of a step side by side, lets each come to its end, then fails with the first failure. */
async function all(step: readonly Service[], act: (service: Service) => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(step.map(act));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
