import { inspectContainer } from "../engine/container";
import { docker } from "../engine/docker";
import { waitHealthy } from "../engine/health";
import { updateContainer } from "../engine/update";
import { configVolume } from "../provider/config-volume";
import { exchange } from "../provider/live-config";
import { databaseUser } from "../provider/database-user";
import type { Context } from "../provider/resource";
import { doing } from "./doing";
import type { Finding, Repair } from "./finding";

/** What mending needs besides the engine. */
export interface FixParts {
  /** How long a container that was started may take to be healthy, in seconds. */
  healthTimeout: number;
  /** Makes a service's container anew by an update of only that; throws where it fails. */
  rebuild: (service: string) => Promise<void>;
  /** Makes the network that the state has under this ID anew, by an update of only that; throws where it fails. */
  makeNetwork: (id: string) => Promise<void>;
  log: (line: string) => void;
}

/** Gives the function that mends one finding after the other; what several findings ask for alike is done once. */
export function mender(parts: FixParts): (finding: Finding) => Promise<void> {
  const done = new Set<string>();
  return async (finding) => {
    const { repair } = finding;
    const key = JSON.stringify(repair);
    if (!repair || done.has(key)) return;
    done.add(key);
    const what = doing(finding, repair);
    parts.log(what);
    // One that can't be mended is still there at the next look, and is no reason to leave the others.
    await apply(repair, parts).catch((error: unknown) =>
      parts.log(`${what}: failed: ${(error as Error).message}`),
    );
  };
}

async function apply(repair: Repair, parts: FixParts): Promise<unknown> {
  const { healthTimeout, rebuild, makeNetwork, log } = parts;
  const context: Context = { signal: new AbortController().signal, log };
  switch (repair.do) {
    case "start":
    case "unpause":
    case "restart":
      return bring(repair.do, repair.container, healthTimeout);
    case "update":
      await updateContainer(repair.container, repair.options);
      // The engine pauses for up to a minute before it starts again what fell over for want of what it has back now.
      if ((await statusOf(repair.container)) !== "restarting") return undefined;
      return bring("restart", repair.container, healthTimeout);
    case "rename":
      return docker(["rename", repair.container, repair.name]);
    case "connect":
      return connect(repair);
    case "disconnect":
      return docker(["network", "disconnect", repair.network, repair.container]);
    case "tag":
      return docker(["tag", repair.imageId, repair.reference]);
    case "refill":
      await configVolume.create(repair.inputs, context);
      // What runs has read the old files, and what restarts in a loop may do so for want of these.
      if (!repair.container || !["running", "restarting"].includes((await statusOf(repair.container)) ?? ""))
        return undefined;
      return bring("restart", repair.container, healthTimeout);
    case "exchange":
      return exchange(repair.inputs); // its program follows the files
    case "grant":
      return databaseUser.update(repair.user, repair.user, context);
    case "network":
      return makeNetwork(repair.id);
    case "rebuild":
      return rebuild(repair.service);
  }
}

/** An address and names can only be had by a new connection. */
async function connect({ container, network, address, aliases }: Repair & { do: "connect" }): Promise<void> {
  const networks = await docker([
    ...["container", "inspect", "--format", "{{json .NetworkSettings.Networks}}", container],
  ]);
  if (network in (JSON.parse(networks) as object))
    await docker(["network", "disconnect", network, container]);
  const options = [...(address ? ["--ip", address] : []), ...aliases.flatMap((alias) => ["--alias", alias])];
  await docker(["network", "connect", ...options, network, container]);
}

/** Starts a container, anew or on, and waits until it is healthy. */
async function bring(how: "start" | "unpause" | "restart", container: string, healthTimeout: number) {
  await docker([how, container]);
  await waitHealthy(container, healthTimeout);
}

async function statusOf(container: string) {
  return (await inspectContainer(container))?.State.Status;
}
