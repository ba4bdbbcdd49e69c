import { isHealthy } from "../../../engine/container";
import { isHeld } from "../../../engine/hold";
import { inspect } from "../../../engine/inspect";
import { carriesLabel, findFleet, type FleetContainer, nameOf, ownContainers } from "../containers";
import { memoryUse, type MemoryUse } from "../../../engine/memory";
import { answers } from "../../../engine/probe";
import type { Service, Topology } from "../../../topology";
import { addressOf, networkNames, ownNetworkOf } from "../../../topology/networks";
import { allServices } from "../../../topology/services";
import type { StackArguments } from "../../arguments";
import { folderLocks } from "../../repair/lock";
import { stateEnvironment } from "../../setup/state";
import { advise } from "./advice";
import { verdictOn } from "./health";
import type { ForeignContainer, ServiceStatus, StackStatus } from "./types";
import { tells, watchdogRestarts } from "./watchdog-restarts";

/** How a stack is right now: what its topology asks for, beside what the engine has. Changes nothing, needs no Pulumi. */
export async function stackStatus(stack: StackArguments, topology: Topology): Promise<StackStatus> {
  const fleet = await findFleet({
    stack: stack.stack,
    networks: networkNames(topology),
    containerNames: allServices(topology).map(({ containerName }) => containerName),
  });
  const own = ownContainers(fleet, stack.stack);
  const { networkName } = ownNetworkOf(topology);
  const running = [...own.values()].filter(({ State }) => isThere(State.Status));
  const counted = [...own.values()].map((found) => ({ name: nameOf(found), created: found.Created }));
  const watching = allServices(topology).find(({ name }) => name === tells);
  const [memory, answering, restarted, subnet] = await Promise.all([
    memoryUse(running.map(({ Id }) => Id)),
    whoAnswers(running),
    watchdogRestarts(watching && own.get(watching.containerName)?.Id, counted),
    subnetOf(networkName),
  ]);
  const engineNames = new Map(topology.networks.map(({ name, networkName: known }) => [name, known]));
  const services = topology.tiers.flatMap(({ number, services: placed }) =>
    placed.map((service) =>
      serviceStatus(number, service, own.get(service.containerName), {
        memory,
        answering,
        restarted,
        engineNames,
      }),
    ),
  );
  const foreign = foreignContainers(fleet, stack.stack, topology);
  const { PULUMI_BACKEND_URL: backend = process.env.PULUMI_BACKEND_URL } = stateEnvironment();
  return {
    stack: stack.stack,
    network: { name: networkName, subnet },
    healthy: services.every(({ health }) => health === "healthy"),
    services,
    absent: topology.absent.map(({ name, why }) => ({ name, why })),
    foreign,
    advice: advise(stack, { services, foreign, locks: folderLocks(stack.stack, backend) }),
  };
}

/**
 * The containers that answer their health check now, though the engine's last look found them starting or unhealthy: its
 * next is up to an interval away, and an update goes by the answer too.
 */
async function whoAnswers(running: FleetContainer[]): Promise<ReadonlySet<string>> {
  const doubtful = running.filter((found) => found.State.Status === "running" && !isHealthy(found));
  const asked = doubtful.map(async (found) => ((await answers(found)) ? found.Id : undefined));
  return new Set((await Promise.all(asked)).filter((id) => id !== undefined));
}

/** What the engine and the watchdog know of containers. */
interface Known {
  /** By IDs. */
  memory: ReadonlyMap<string, MemoryUse>;
  /** IDs. */
  answering: ReadonlySet<string>;
  /** By names. */
  restarted: ReadonlyMap<string, number>;
  /** What the engine calls networks, by their names in the topology. */
  engineNames: ReadonlyMap<string, string>;
}

/** The range of a network as the engine has it. */
async function subnetOf(networkName: string): Promise<string | null> {
  const found = await inspect<{ IPAM: { Config: { Subnet?: string }[] | null } }>("network", networkName);
  return found?.IPAM.Config?.[0]?.Subnet ?? null;
}

function serviceStatus(
  tier: number,
  service: Service,
  container: FleetContainer | undefined,
  { memory, answering, restarted, engineNames }: Known,
): ServiceStatus {
  const { name, containerName, image } = service;
  const [{ network }] = service.networks;
  const byWatchdog = container ? (restarted.get(containerName) ?? 0) : null;
  const verdict = verdictOn(container, service.stop);
  const answersNow = container !== undefined && answering.has(container.Id);
  return {
    tier,
    service: name,
    container: containerName,
    ...(answersNow ? { health: "healthy" as const, reason: null } : verdict),
    held: container !== undefined && isHeld(container),
    address: container?.NetworkSettings.Networks[engineNames.get(network) ?? ""]?.IPAddress || null,
    wantedAddress: addressOf(service),
    memory: (container && memory.get(container.Id)) ?? null,
    restarts: container ? container.RestartCount + (byWatchdog ?? 0) : null,
    restartsByWatchdog: byWatchdog,
    startedAt: container && isThere(container.State.Status) ? container.State.StartedAt : null,
    image: { name: image, id: container?.Image ?? null },
  };
}

function isThere(status: FleetContainer["State"]["Status"]): boolean {
  return status === "running" || status === "paused";
}

function foreignContainers(fleet: FleetContainer[], stack: string, topology: Topology): ForeignContainer[] {
  const names = new Set(allServices(topology).map(({ containerName }) => containerName));
  return fleet
    .filter((found) => !(carriesLabel(found, stack) && names.has(nameOf(found))))
    .map((found) => ({
      container: nameOf(found),
      id: found.Id,
      tie: carriesLabel(found, stack) ? "label" : names.has(nameOf(found)) ? "name" : "network",
      state: found.State.Status,
    }));
}
