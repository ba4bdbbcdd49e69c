import { posix } from "node:path";
import { findFleet, nameOf } from "../cli/operate/containers";
import { askEngine } from "../engine/api";
import { docker, DockerError } from "../engine/docker";
import { readFolder } from "../engine/files";
import { answers } from "../engine/probe";
import { readMark } from "../engine/volume-mark";
import { refusedLogin } from "../provider/sql/login";
import { type EngineEvent, engineEvent } from "./events";
import type { Expected, ExpectedService } from "./expected";
import type { Observed, ObservedContainer, ObservedImage, ObservedNetwork, ObservedVolume } from "./observed";

/** How far back the engine's events are asked for; it keeps the last few hundred anyway. */
const eventsSince = "24h";

/** Looks at all that the engine has of a stack, side by side, and changes nothing. */
export async function observe(expected: Expected): Promise<Observed> {
  const { networks: own, services, volumes, configs, images } = expected;
  const [{ SystemTime }, containers, events] = await Promise.all([
    askEngine<{ SystemTime: string }>("/info"),
    findContainers(expected),
    recentEvents(),
  ]);
  const find = (service: ExpectedService) => containerOf(service, containers);
  const present = services.flatMap((service) => {
    const container = find(service);
    return container ? [{ service, container }] : [];
  });
  const imageNames = [
    ...images.flatMap(({ reference, imageId }) => [reference, imageId]),
    ...services.map(({ args }) => args.image),
  ];
  const volumeNames = [...volumes, ...configs].map(({ volumeName }) => volumeName);
  const [networks, foundVolumes, foundImages, changedFiles, texts, marks, refused, answering] =
    await Promise.all([
      inspectThose<ObservedNetwork>(
        "network",
        own.map(({ name }) => name),
      ),
      inspectThose<ObservedVolume>("volume", volumeNames),
      imagesByName([...new Set(imageNames)]),
      entries(
        present.filter(({ service }) => service.args.readOnly),
        async ({ container }) => [container.Id, await changesOf(container)],
      ),
      entries(configs, async ({ volumeName, folder }) => {
        const mount = mountOf(volumeName, containers);
        return mount && [volumeName, await readFolder(mount.container, posix.join(mount.path, folder))];
      }),
      entries(
        present.flatMap(({ service, container }) =>
          (service.dataVolumes?.paths ?? []).map((path) => ({ service, container, path })),
        ),
        async ({ service, container, path }) => [
          `${service.name} ${path}`,
          await readMark(container.Id, path),
        ],
      ),
      entries(expected.users, async ({ service, server, inputs }) => {
        const running = present.find((found) => found.service.name === server)?.container;
        // One that was just started may have no verdict yet; whether it lets a user in, it says all the same.
        if (running?.State.Status !== "running" || running.State.Health?.Status === "unhealthy")
          return undefined;
        const reason = await refusedLogin(running.Id, inputs);
        return reason === undefined ? undefined : [`${service} ${inputs.kind}`, reason];
      }),
      whoAnswers(present.map(({ container }) => container)),
    ]);
  return {
    now: Date.parse(SystemTime),
    containers,
    networks,
    volumes: new Map(foundVolumes.map((volume) => [volume.Name, volume])),
    images: foundImages,
    changedFiles,
    configs: texts,
    marks,
    refused,
    answering,
    events,
  };
}

/** The container of a service: the one that the state names, else whatever has its name. */
export function containerOf(
  { containerId, containerName }: Pick<ExpectedService, "containerId" | "containerName">,
  containers: readonly ObservedContainer[],
): ObservedContainer | undefined {
  return (
    containers.find(({ Id }) => Id === containerId) ??
    containers.find((container) => nameOf(container) === containerName)
  );
}

function findContainers({ stack, networks, services }: Expected): Promise<ObservedContainer[]> {
  return findFleet<ObservedContainer>({
    stack,
    networks: networks.map(({ name }) => name),
    containerNames: services.map(({ containerName }) => containerName),
    ids: services.map(({ containerId }) => containerId),
  });
}

/** What `docker inspect` says of those of the objects that there are. */
async function inspectThose<T>(kind: "network" | "volume" | "image", names: readonly string[]): Promise<T[]> {
  if (names.length === 0) return [];
  const text = await docker([kind, "inspect", ...names]).catch((error: unknown) => {
    // One that is missing fails the command, which has named the others all the same.
    if (error instanceof DockerError && /no such|not found/i.test(error.stderr)) return error.stdout;
    throw error;
  });
  return JSON.parse(text || "[]") as T[];
}

/** One by one: of images that were asked for together, nobody can tell which name led to which. */
async function imagesByName(names: readonly string[]): Promise<ReadonlyMap<string, ObservedImage>> {
  return entries(names, async (name) => {
    const [image] = await inspectThose<ObservedImage>("image", [name]);
    return image && [name, image];
  });
}

/** The paths in a container's own layer that differ from its image; a container that is just gone has none. */
async function changesOf({ Id }: ObservedContainer): Promise<string[]> {
  const text = await docker(["diff", Id]).catch((error: unknown) => {
    if (error instanceof DockerError && /no such container/i.test(error.stderr)) return "";
    throw error;
  });
  return text.split("\n").flatMap((line) => /^[ACD] (.+)$/.exec(line)?.[1] ?? []);
}

/** Where some container mounts a volume. */
function mountOf(volume: string, containers: readonly ObservedContainer[]) {
  const [found] = containers.flatMap(({ Id, Mounts }) =>
    Mounts.filter(({ Name }) => Name === volume).map(({ Destination }) => ({
      container: Id,
      path: Destination,
    })),
  );
  return found;
}

/** An engine's last look may be a whole interval old: those that it found unhealthy are asked now. */
async function whoAnswers(containers: readonly ObservedContainer[]): Promise<ReadonlySet<string>> {
  const doubtful = containers.filter(({ State }) => State.Health?.Status === "unhealthy");
  const asked = doubtful.map(async (container) => ((await answers(container)) ? container.Id : undefined));
  return new Set((await Promise.all(asked)).filter((id) => id !== undefined));
}

async function recentEvents(): Promise<EngineEvent[]> {
  // Checks of health fill the events without telling anything.
  const types = ["container", "network", "volume", "image"].flatMap((type) => ["--filter", `type=${type}`]);
  const text = await docker([
    ...["events", "--since", eventsSince, "--until", "0s", "--format", "{{json .}}"],
    ...types,
  ]);
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  return lines.map(engineEvent).filter(({ action }) => !action.startsWith("exec_"));
}

/** Does the same for all side by side, and keeps what there is an answer for. */
async function entries<T, V>(
  items: readonly T[],
  ask: (item: T) => Promise<readonly [string, V] | undefined>,
): Promise<ReadonlyMap<string, V>> {
  const answered = await Promise.all(items.map(ask));
  return new Map(answered.filter((entry) => entry !== undefined));
}
