import { randomUUID } from "node:crypto";
import { isHealthy } from "../../../engine/container";
import { inspect } from "../../../engine/inspect";
import { answers } from "../../../engine/probe";
import { configVolumeName } from "../../../provider/config-volume";
import { isThere } from "../diagnosis";
import type { FoundContainer } from "../objects";
import { differences } from "./container";
import type { Properties } from "./deployment";
import { sealed } from "./values";

/** What there is on the engine that a lost state is rebuilt from. */
export interface Remains {
  /** The random name that the environment's objects are labelled with. */
  environment: string;
  containers: ReadonlyMap<string, FoundContainer>;
  /** Nothing of the state is left, and no update was in the middle of it. */
  lost: boolean;
  /** The generated passwords in use, by their names. */
  passwords: ReadonlyMap<string, string>;
}

/** A real thing that stands for a resource: its ID, and what the state is to say of it besides what the program wants. */
export interface Found {
  id: string;
  outputs?: Properties;
  /** Wanted properties that the real thing does not have. */
  without?: string[];
}

/** Finds the real thing that a resource of the type stands for, from its wanted properties; undefined where there is none. */
type Finder = (wanted: Properties, name: string, remains: Remains) => Promise<Found | undefined>;

/** Wanted properties that are never taken for what the real thing has, by type; they may not even be known yet. */
export const neverTaken: Readonly<Record<string, readonly string[]>> = {
  // What is in it may be older than what is wanted, and is exchanged without a harm.
  "mcpdocker:index:LiveConfig": ["files"],
};

const finders: Record<string, Finder> = {
  "random:index/randomId:RandomId": async (_wanted, _name, { environment }) => randomId(environment),

  "random:index/randomPassword:RandomPassword": async (_wanted, name, { passwords }) => {
    const password = passwords.get(name);
    return password === undefined
      ? undefined
      : { id: "none", outputs: { id: "none", result: sealed(password) } };
  },

  "docker:index/network:Network": async ({ name }, _name, { environment }) => {
    const found = await inspect<{ Id: string; Labels: Record<string, string> | null }>(
      "network",
      String(name),
    );
    return found?.Labels?.["dev.mcp.environment"] === environment ? { id: found.Id } : undefined;
  },

  "docker:index/volume:Volume": async ({ name }) => {
    const found = await inspect<{ Name: string }>("volume", String(name));
    return found && { id: found.Name };
  },

  "docker:index/container:Container": async (wanted, _name, { containers, environment }) => {
    const found = containers.get(String(wanted.name));
    if (found?.Config.Labels?.["dev.mcp.environment"] !== environment || !isThere(found)) return undefined;
    return { id: found.Id, without: differences(wanted, found) };
  },

  "mcpdocker:index:Image": async ({ repository, key }) => {
    const name = `${String(repository)}:${String(key)}`;
    const found = await inspect<{ Id: string }>("image", name);
    return found && { id: name, outputs: { imageId: found.Id } };
  },

  "mcpdocker:index:ConfigVolume": async ({ namePrefix, files }) => {
    const volumeName = configVolumeName({
      namePrefix: String(namePrefix),
      files: files as Record<string, string>,
    });
    const found = await inspect<{ Name: string }>("volume", volumeName);
    return found && { id: volumeName, outputs: { volumeName } };
  },

  "mcpdocker:index:LiveConfig": async ({ volumeName }) => {
    const found = await inspect<{ Name: string }>("volume", String(volumeName));
    return found && { id: found.Name };
  },

  "mcpdocker:index:Ready": async ({ containerId }) => ({ id: String(containerId) }),

  // A destruction that was killed leaves users locked out whose services still run. Giving a user its rights, as the next
  // update does, is without effect where it has them: so one is taken over only where all of the state was lost, and only
  // where the service that logs in with it is healthy.
  "mcpdocker:index:DatabaseUser": async ({ kind, database, name }, resource, { lost, containers }) => {
    const service = resource.slice(0, -`-${String(kind)}`.length);
    const user = [...containers.values()].find(
      ({ Config }) => Config.Labels?.["dev.mcp.service"] === service,
    );
    // The engine's own verdict comes a whole interval after a start.
    if (!lost || !user || !(isHealthy(user) || (await answers(user)))) return undefined;
    return { id: `${String(kind)}/${String(database)}/${String(name)}` };
  },
};

/** Finds what a resource stands for; providers stand for nothing, and get a name of their own as Pulumi gives it. */
export async function find(
  type: string,
  wanted: Properties,
  name: string,
  remains: Remains,
): Promise<Found | undefined> {
  if (type.startsWith("pulumi:providers:")) return { id: randomUUID() };
  const found = await finders[type]?.(wanted, name, remains);
  return found && { ...found, without: [...(found.without ?? []), ...(neverTaken[type] ?? [])] };
}

/** The outputs of a random ID, all from its bytes. Source: the random provider's documentation. */
function randomId(hex: string): Found {
  const bytes = Buffer.from(hex, "hex");
  const id = bytes.toString("base64url");
  return {
    id,
    outputs: { id, hex, dec: BigInt(`0x${hex}`).toString(), b64Url: id, b64Std: bytes.toString("base64") },
  };
}
