import type { HostedServerSettings, Settings } from "../../config/schema";
import { imageOf } from "../../imaging/packages/package";
import type { PackageRegistry } from "../../imaging/packages/registries";
import type { ServiceTemplate } from "../service";
import type { Service } from "../types";
import { builtInServers } from "./places";
import { server } from "./servers";

/** Where a hosted server may keep what is to outlive it. */
const dataPath = "/data";

/** What mcp-host hands over to the server that it hosts, without the prefix. */
const handedOver = (variable: string) => `HOSTED_VARIABLE_${variable}`;

/** How the settings' words for a process's life are told to mcp-host, and whether the gateway keeps sessions for it. */
const lives = {
  session: { kind: "session", keepsSessions: true },
  call: { kind: "session", keepsSessions: false },
  shared: { kind: "shared", keepsSessions: false },
} as const;

/** The servers that the settings name packages for, each on the host that serves any stdio server over HTTP. */
export function hostedServers(settings: Settings): ServiceTemplate[] {
  return Object.entries(settings.servers).map(([name, hosted], position) =>
    hostedServer(settings, name, hosted, builtInServers + position),
  );
}

/** What settings name a server's package by: the registry, which is the setting's own name, and the name and version there. */
export function hostedPackage({ npm, pypi = "" }: HostedServerSettings): {
  registry: PackageRegistry;
  specifier: string;
} {
  return npm === undefined ? { registry: "pypi", specifier: pypi } : { registry: "npm", specifier: npm };
}

/** The image of a server's package. */
export function hostedImage(server: HostedServerSettings): string {
  const { registry, specifier } = hostedPackage(server);
  return imageOf(registry, specifier);
}

/** The stack's name for a secret variable of a server. */
function secretOf(name: string, variable: string): string {
  return `mcp-${name}-${variable}`;
}

function hostedServer(
  settings: Settings,
  name: string,
  hosted: HostedServerSettings,
  index: number,
): ServiceTemplate {
  const { program, args, environment, data, processes, idleSeconds } = hosted;
  const common = server(settings, name, { index, port: 8000 });
  const { kind, keepsSessions } = lives[hosted.process];
  const secrets = Object.keys(settings.serverSecrets?.[name] ?? {});
  const variables: Service["environment"] = {
    ...environment,
    ...Object.fromEntries(secrets.map((variable) => [variable, { secret: secretOf(name, variable) }])),
  };
  return {
    ...common,
    image: hostedImage(hosted),
    ...(keepsSessions ? { keepsSessions } : {}),
    memoryMiB: 512,
    cpus: 0.5,
    // Node's and Python's processes have some ten threads each.
    pids: 64 + 32 * processes,
    environment: {
      ...common.environment,
      ...(program === undefined ? {} : { HOSTED_COMMAND: JSON.stringify([`/servers/bin/${program}`]) }),
      ...(args.length === 0 ? {} : { HOSTED_ARGUMENTS: JSON.stringify(args) }),
      HOSTED_NAME: name,
      HOSTED_PROCESS: kind,
      HOSTED_PROCESSES: String(processes),
      ...(idleSeconds === undefined ? {} : { HOSTED_IDLE_SECONDS: String(idleSeconds) }),
      ...Object.fromEntries(
        Object.entries(variables).map(([variable, value]) => [handedOver(variable), value]),
      ),
    },
    secrets: secrets.map((variable) => ({
      name: secretOf(name, variable),
      setting: "serverSecrets",
      path: [name, variable],
      provided: true,
    })),
    ...(data ? { volumes: [{ volume: `${name}-data`, path: dataPath }] } : {}),
    probe: { ...common.probe, startPeriod: 30 },
  };
}
