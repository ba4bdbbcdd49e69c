import { type ContainerState, inspectContainer, isHealthy } from "../engine/container";
import { askEngine } from "../engine/api";
import { readMark, writeMark } from "../engine/volume-mark";
import { waitHealthy } from "../engine/health";
import { inspect } from "../engine/inspect";
import { answers } from "../engine/probe";
import { changedKeys, type Properties, type ResourceType, unknownValue } from "./resource";

export interface ReadyInputs extends Properties {
  containerId: string;
  /** Most processes and threads in the container; the Docker provider has no such argument. */
  pidsLimit: number;
  timeoutSeconds: number;
  /** Volumes with data that outlives the container, by where they are mounted; left out where it has none. */
  dataVolumes?: DataVolumes;
}

/** Volumes that are marked as this environment's, so that one that was emptied or exchanged is found out. */
interface DataVolumes {
  paths: string[];
  /** The environment's random name. */
  mark: string;
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
  async read({ containerId, dataVolumes }) {
    if (!(await inspect("container", containerId))) return undefined;
    // A mark that is gone differs from the wish, so that the update that follows sets it again.
    return dataVolumes ? { dataVolumes: await withMark(containerId, dataVolumes) } : {};
  },
  delete: () => Promise.resolve(), // the limit and the health go with the container
};

async function makeReady(inputs: ReadyInputs, signal: AbortSignal) {
  const { containerId, pidsLimit, timeoutSeconds, dataVolumes } = inputs;
  if (await inspectContainer(containerId))
    await askEngine(`/containers/${containerId}/update`, { method: "POST", body: { PidsLimit: pidsLimit } });
  await waitHealthy(containerId, timeoutSeconds, signal);
  // Not before: a database fills only a volume that is empty.
  for (const path of dataVolumes?.paths ?? []) await writeMark(containerId, path, dataVolumes?.mark ?? "");
}

/** The volumes that carry the mark. */
async function withMark(containerId: string, { paths, mark }: DataVolumes): Promise<DataVolumes> {
  const marks = await Promise.all(paths.map((path) => readMark(containerId, path)));
  return { paths: paths.filter((_, index) => marks[index] === mark), mark };
}

/** True as well where the engine can't be asked: a preview works without one. Just started is asked itself. */
async function holds({ containerId, pidsLimit }: ReadyInputs): Promise<boolean> {
  try {
    const state = await inspect<ContainerState>("container", containerId);
    if (state?.HostConfig.PidsLimit !== pidsLimit) return false;
    return isHealthy(state) || (state.State.Health?.Status === "starting" && (await answers(state)));
  } catch {
    return true;
  }
}
