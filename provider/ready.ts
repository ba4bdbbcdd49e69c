import { inspectContainer, inspectTogether, isHealthy } from "../engine/container";
import { docker } from "../engine/docker";
import { waitHealthy } from "../engine/health";
import { answers } from "../engine/probe";
import { changedKeys, type Properties, type ResourceType, unknownValue } from "./resource";

export interface ReadyInputs extends Properties {
  containerId: string;
  /** Most processes and threads in the container; the Docker provider has no such argument. */
  pidsLimit: number;
  timeoutSeconds: number;
}

/**
 * A container that is up and answers. It completes the container with the limit that the Docker provider can't set,
 * and ends the update where the container does not become healthy. A preview finds it changed when the container is
 * not healthy now, so that an update never passes over one that broke since.
 */
export const ready: ResourceType<ReadyInputs> = {
  async diff(olds, news) {
    const changed = changedKeys(olds, news).filter((key) => key !== "timeoutSeconds");
    if (changed.length > 0 || news.containerId === unknownValue) return { changes: true };
    return { changes: !(await holds(news)) };
  },
  async create(inputs, { signal }) {
    await makeReady(inputs, signal);
    return { id: inputs.containerId, outputs: {} };
  },
  async update(_olds, news, { signal }) {
    await makeReady(news, signal);
    return {};
  },
  async read({ containerId }) {
    return (await inspectContainer(containerId)) ? {} : undefined;
  },
  delete: () => Promise.resolve(), // the limit and the health go with the container
};

async function makeReady({ containerId, pidsLimit, timeoutSeconds }: ReadyInputs, signal: AbortSignal) {
  if (await inspectContainer(containerId))
    await docker(["update", "--pids-limit", String(pidsLimit), containerId]);
  await waitHealthy(containerId, timeoutSeconds, signal);
}

/** True as well where the engine can't be asked: a preview works without one. Just started is asked itself. */
async function holds({ containerId, pidsLimit }: ReadyInputs): Promise<boolean> {
  try {
    const state = await inspectTogether(containerId);
    if (state?.HostConfig.PidsLimit !== pidsLimit) return false;
    return isHealthy(state) || (state.State.Health?.Status === "starting" && (await answers(state)));
  } catch {
    return true;
  }
}
