import { stringify } from "yaml";
import type { NetworkSpec, Service, VolumeSpec } from "../../topology";
import { configFiles, liveConfigFiles } from "./configs";
import {
  scriptName,
  serverUsers,
  socketMount,
  socketVolume,
  usersScript,
  usersService,
} from "./database-users";
import type { ComposeFile, ComposeNetwork, ComposeService, ComposeVolume } from "./model";
import type { ComposeParts } from "./parts";
import { seccompFiles } from "./seccomp";
import { composeService } from "./service";
import { environmentVariable, secretVariable, type Variable, variableName, verbatim } from "./variables";

/** A Compose project as data: its files by path, and the variables that `.env` is to hold. */
export interface ComposeProject {
  compose: ComposeFile;
  files: Record<string, string>;
  /** Files that hold what is worked out of a variable of `.env`, by the variable's name. */
  hashes: Record<string, string>;
  variables: Variable[];
}

/** The first line of every file that is made, by which an export knows its own. */
export const header = "# Made by `npm run export`; the next export replaces it.";

/** The Docker Compose project that runs the same containers as the stack's Pulumi program. */
export function composeProject(parts: ComposeParts): ComposeProject {
  const { topology } = parts;
  const { stack, tiers, authority } = topology;
  if (authority)
    throw new Error("A Compose project has no certificates: build the topology from exportable settings.");
  const users = serverUsers(topology);
  const services = tiers.flatMap((tier) => tier.services.map((service) => ({ tier: tier.number, service })));
  const usersOf = ({ databaseUsers }: Service) =>
    new Set(databaseUsers.map(({ server }) => `${server}-users`));
  const compose: ComposeFile = {
    name: projectName(stack),
    services: Object.fromEntries([
      ...services.map(({ tier, service }) => {
        const own = users.get(service.name);
        const made = composeService(service, {
          stack,
          tier,
          image: imageOf(service.image, parts),
          host: parts.host,
          logs: topology.logs,
          mounts: own ? [socketMount(own)] : [],
          after: [...usersOf(service)],
        });
        return [service.name, made] as const;
      }),
      ...[...users.values()].map(
        (server) => [server.name, usersService(server, imageOf(server.server.image, parts))] as const,
      ),
    ]),
    networks: Object.fromEntries(topology.networks.map((spec) => [spec.name, composeNetwork(stack, spec)])),
    volumes: {
      ...Object.fromEntries(topology.volumes.map((spec) => [spec.name, volume(stack, spec)])),
      ...Object.fromEntries([...users.values()].map(socketVolume).map(({ key, volume: own }) => [key, own])),
    },
  };
  const live = services.flatMap(({ service }) => liveConfigFiles(service));
  return {
    compose,
    hashes: Object.fromEntries(
      live.flatMap(([path, content]) =>
        typeof content === "string" ? [] : [[path, variableName(content.sha256Of)]],
      ),
    ),
    files: {
      ...Object.fromEntries(live.filter(([, content]) => typeof content === "string")),
      "compose.yaml": `${header}\n${stringify(compose, { lineWidth: 0, aliasDuplicateObjects: false })}`,
      ...Object.fromEntries(services.flatMap(({ service }) => configFiles(service))),
      ...Object.fromEntries(services.flatMap(({ service }) => seccompFiles(service))),
      ...Object.fromEntries(
        [...users.values()].map((server) => [
          `database-users/${scriptName(server)}`,
          `${header}\n${usersScript(server)}`,
        ]),
      ),
    },
    variables: [environmentVariable, ...topology.secrets.map(secretVariable)],
  };
}

function imageOf(name: string, { images }: ComposeParts): Pick<ComposeService, "image" | "pull_policy"> {
  const image = images.get(name);
  if (!image) throw new Error(`No reference was given for the image "${name}".`);
  return { image: verbatim(image.reference), ...(image.local ? { pull_policy: "never" } : {}) };
}

/** Labels that never change: Compose makes a volume anew for a changed one, and its data would be gone. */
function composeNetwork(
  stack: string,
  { networkName, subnet, gateway, internal }: NetworkSpec,
): ComposeNetwork {
  return {
    name: networkName,
    driver: "bridge",
    ...(internal ? { internal } : {}),
    ipam: { config: [{ subnet, gateway }] },
    labels: { "dev.mcp.stack": stack },
  };
}

function volume(stack: string, { name, volumeName, kind }: VolumeSpec): ComposeVolume {
  return {
    name: volumeName,
    labels: { "dev.mcp.stack": stack, "dev.mcp.volume": name, "dev.mcp.volume-kind": kind },
  };
}

/** Compose allows fewer characters in a project's name than Pulumi in a stack's. */
function projectName(stack: string): string {
  return `mcp-${stack.toLowerCase().replace(/[^a-z0-9_-]/g, "-")}`;
}
