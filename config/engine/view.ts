import { askEngine } from "../../engine/api";

/** What an update may hang on and the engine knows before. */
export interface EngineView {
  info: EngineInfo;
  /** Running or not. */
  containers: ListedContainer[];
  networks: ListedNetwork[];
}

/** The part of the engine's own description that settings can ask too much of. */
export interface EngineInfo {
  NCPU: number;
  DockerRootDir: string;
  Runtimes?: Record<string, unknown>;
  /** Since API 1.50. */
  DiscoveredDevices?: { ID: string }[] | null;
}

/** A container as the engine lists it; the addresses of one that does not run are empty. */
export interface ListedContainer {
  Names: string[];
  Labels: Labels;
  NetworkSettings?: { Networks: Record<string, { IPAddress: string }> | null };
}

/** A network as the engine lists it. */
export interface ListedNetwork {
  Name: string;
  /** Those of a swarm have a space of addresses of their own. */
  Scope: string;
  IPAM: { Config: { Subnet?: string }[] | null };
  Labels: Labels;
}

type Labels = Record<string, string> | null;

/** The engine's view; undefined where it can't be asked. */
export async function engineView(): Promise<EngineView | undefined> {
  try {
    const [info, containers, networks] = await Promise.all([
      askEngine<EngineInfo>("/info"),
      askEngine<ListedContainer[]>("/containers/json?all=true"),
      askEngine<ListedNetwork[]>("/networks"),
    ]);
    return { info, containers, networks };
  } catch {
    return undefined;
  }
}

/** The stack that an object on the engine belongs to; undefined where it is no stack's. */
export function stackOf({ Labels }: { Labels: Labels }): string | undefined {
  return Labels?.["dev.mcp.stack"];
}

/** Whether the engine has anything of the stack's. */
export function hasStack({ containers, networks }: EngineView, stack: string): boolean {
  return [...containers, ...networks].some((object) => stackOf(object) === stack);
}

/** Whose an object is, for messages. */
export function ownerOf(object: { Labels: Labels }): string {
  const stack = stackOf(object);
  return stack === undefined ? "" : ` of the stack "${stack}"`;
}
