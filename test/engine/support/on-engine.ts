import { setTimeout as sleep } from "node:timers/promises";
import { askEngine } from "../../../engine/api";
import type { ContainerState } from "../../../engine/container";
import { answers } from "../../../engine/probe";

/** Kinds of what a stack has on the engine; images are those that it holds. */
export type OnEngine = "container" | "network" | "volume" | "image";

/** What the engine tells of a container, as far as tests ask. */
export interface InspectedContainer extends Omit<ContainerState, "HostConfig"> {
  Image: string;
  Config: ContainerState["Config"] & {
    User: string;
    Env: string[];
    Labels: Record<string, string>;
    StopSignal: string;
  };
  HostConfig: {
    NanoCpus: number;
    PidsLimit: number;
    Memory: number;
    MemorySwap: number;
    ReadonlyRootfs: boolean;
    CapDrop: string[];
    SecurityOpt: string[];
    Privileged: boolean;
    RestartPolicy: { Name: string };
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  };
  State: ContainerState["State"] & { Pid: number; StartedAt: string; FinishedAt: string };
  NetworkSettings: { Networks: Record<string, { IPAddress: string; Aliases: string[] }> };
}

/** Names of what a stack has on the engine. */
export async function namesOnEngine(stack: string, kind: OnEngine): Promise<string[]> {
  switch (kind) {
    case "container": {
      const found = await listed<{ Names: string[] }[]>("/containers/json", stack);
      return found.flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, "")));
    }
    case "network":
      return (await listed<{ Name: string }[]>("/networks", stack)).map(({ Name }) => Name);
    case "volume": {
      const { Volumes } = await listed<{ Volumes: { Name: string }[] | null }>("/volumes", stack);
      return (Volumes ?? []).map(({ Name }) => Name);
    }
    case "image": {
      const repository = `mcp-${stack}/`;
      const filters = filtered({ reference: [`${repository}*`] });
      const found = await askEngine<{ RepoTags: string[] | null }[]>(`/images/json?${filters}`);
      return found.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.startsWith(repository));
    }
  }
}

/** A container as the engine has it now; where the engine has no verdict yet, the health check is asked. */
export async function judged(container: string): Promise<InspectedContainer> {
  const found = await inspected(container);
  const { Health } = found.State;
  return Health?.Status === "starting" && (await answers(found))
    ? { ...found, State: { ...found.State, Health: { ...Health, Status: "healthy" } } }
    : found;
}

/** Waits until each container of a stack answers its health check, of those that the engine has no verdict on yet. */
export async function allJudged(stack: string): Promise<void> {
  const undecided = { health: ["starting"], status: ["running"] };
  const starting = await listed<{ Id: string }[]>("/containers/json", stack, undecided);
  const wait = async ({ Id }: { Id: string }) => {
    while (isUndecided(await judged(Id))) await sleep(250);
  };
  await Promise.all(starting.map(wait));
}

function isUndecided({ State }: InspectedContainer): boolean {
  return State.Status === "running" && State.Health?.Status === "starting";
}

function inspected(container: string): Promise<InspectedContainer> {
  return askEngine<InspectedContainer>(`/containers/${container}/json`);
}

type Filters = Record<string, string[]>;

/** What the engine has that carries the stack's label, containers that don't run as well. */
function listed<T>(path: string, stack: string, filters: Filters = {}): Promise<T> {
  return askEngine<T>(`${path}?all=true&${filtered({ ...filters, label: [`dev.mcp.stack=${stack}`] })}`);
}

function filtered(filters: Filters): string {
  return `filters=${encodeURIComponent(JSON.stringify(filters))}`;
}
