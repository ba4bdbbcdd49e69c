import { posix } from "node:path";
import { findFleet, nameOf } from "../cli/operate/containers";
import { askEngine, EngineError, followEngine } from "../engine/api";
import { readFolder } from "../engine/files";
import { inspect, inspectExisting } from "../engine/inspect";
import { answers } from "../engine/probe";
import { readMark } from "../engine/volume-mark";
import { dialects } from "../provider/sql/dialects";
import { askAccounts } from "../provider/sql/session";
import type { Deviation } from "../provider/sql/rights";
import { type EngineEvent, engineEvent } from "./events";
import type { Expected, ExpectedService, ExpectedUser } from "./expected";
import type {
  FoundAccounts,
  Observed,
  ObservedContainer,
  ObservedImage,
  ObservedNetwork,
  ObservedVolume,
} from "./observed";

/** How far back the engine's events are asked for; it keeps the last few hundred anyway. */
const eventsSeconds = 24 * 60 * 60;

/** Looks at all that the engine has of a stack, side by side, and changes nothing. */
export async function observe(expected: Expected): Promise<Observed> {
  const { networks: own, services, volumes, configs, images } = expected;
  const clock = askEngine<{ SystemTime: string }>("/info").then(({ SystemTime }) => Date.parse(SystemTime));
  const [now, containers, events] = await Promise.all([
    clock,
    findContainers(expected),
    clock.then(recentEvents),
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
  const [networks, foundVolumes, foundImages, changedFiles, texts, marks, accounts, answering] =
    await Promise.all([
      inspectExisting<ObservedNetwork>(
        "network",
        own.map(({ name }) => name),
      ),
      inspectExisting<ObservedVolume>("volume", volumeNames),
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
      entries(databasesOf(expected), async ([server, users]) => {
        const running = present.find((found) => found.service.name === server)?.container;
        const found = running && (await accountsOf(running, users));
        return found && [server, found];
      }),
      whoAnswers(present.map(({ container }) => container)),
    ]);
  return {
    now,
    containers,
    networks,
    volumes: new Map(foundVolumes.map((volume) => [volume.Name, volume])),
    images: foundImages,
    changedFiles,
    configs: texts,
    marks,
    accounts,
    answering,
    events,
  };
}

/** The stack's users by the server that they are of. */
function databasesOf({ users }: Expected): [string, ExpectedUser[]][] {
  const servers = [...new Set(users.map(({ server }) => server))];
  return servers.map((name) => [name, users.filter(({ server }) => server === name)]);
}

/** Asks a server that runs, by one client after the other: what they need is the server's memory. */
async function accountsOf(
  { Id, State }: ObservedContainer,
  users: readonly ExpectedUser[],
): Promise<FoundAccounts | undefined> {
  // One that was just started may have no verdict yet; what it knows of its users, it says all the same.
  if (State.Status !== "running" || State.Health?.Status === "unhealthy") return undefined;
  const deviations: Deviation[] = [];
  for (const database of new Set(users.map(({ inputs }) => inputs.database))) {
    const own = users.map(({ inputs }) => inputs).filter((inputs) => inputs.database === database);
    const { kind } = own[0]!;
    try {
      deviations.push(...dialects[kind].judge(await askAccounts({ containerId: Id, kind, database }), own));
    } catch (error) {
      return State.Health?.Status === "healthy" ? { unread: (error as Error).message } : undefined;
    }
  }
  return { deviations };
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

/** One by one: of images that were asked for together, nobody can tell which name led to which. */
async function imagesByName(names: readonly string[]): Promise<ReadonlyMap<string, ObservedImage>> {
  return entries(names, async (name) => {
    const image = await inspect<ObservedImage>("image", name);
    return image && [name, image];
  });
}

/** The paths in a container's own layer that differ from its image; a container that is just gone has none. */
async function changesOf({ Id, HostConfig }: ObservedContainer): Promise<string[]> {
  try {
    // The engine compares the whole image, which is a second of its processor; how much was written it knows at once.
    if (HostConfig.ReadonlyRootfs && (await writtenBytes(Id)) === 0) return [];
    const changes = await askEngine<{ Path: string }[] | null>(`/containers/${Id}/changes`);
    return (changes ?? []).map(({ Path }) => Path);
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return [];
    throw error;
  }
}

/** The size of all files in a container's own layer. */
async function writtenBytes(id: string): Promise<number | undefined> {
  return (await askEngine<{ SizeRw?: number }>(`/containers/${id}/json?size=1`)).SizeRw;
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

async function recentEvents(now: number): Promise<EngineEvent[]> {
  // Checks of health fill the events without telling anything.
  const filters = { type: ["container", "network", "volume", "image"] };
  const until = now / 1000;
  const range = `since=${(until - eventsSeconds).toFixed(3)}&until=${until.toFixed(3)}`;
  const lines: string[] = [];
  await followEngine(`/events?${range}&filters=${encodeURIComponent(JSON.stringify(filters))}`, (line) =>
    lines.push(line),
  );
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
