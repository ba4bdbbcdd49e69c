import { stringify } from "yaml";
import type { Settings } from "../../config/schema";
import { programProbe } from "../probes";
import { type ServiceTemplate, settingsOf } from "../service";
import { certificateFor, hasTls, tlsFiles } from "../tls";
import type { LiveConfigFolder, SecretHash } from "../types";
import { tekupPlaces } from "./places";
import { tracing } from "./tracing";

const port = 3000;

/** Where the gateway finds its configuration. */
const configFolder = "/etc/mcp-gateway";
const configFile = "gateway.yaml";
const inFolder = (file: string) => `${configFolder}/current/${file}`;

const sessionSecret = "gateway-session-key";

/** Whom it believes to be a server, and who it is for those. */
const upstreamTls = {
  ca: { file: tlsFiles.ca },
  cert: { file: tlsFiles.certificate },
  key: { file: tlsFiles.key },
};

/** A client's key, as the stack's secrets name it. */
export function clientKeySecret(client: string, key: string): string {
  return `client-${client}-key-${key}`;
}

/**
 * The one endpoint in front of all servers. Its configuration is followed as it runs, so that keys, limits and servers come
 * and go without a restart. Source: the TekUp specification, "MCP Gateway Container".
 */
export function gateway(settings: Settings, servers: readonly ServiceTemplate[]): ServiceTemplate {
  const keys = clientKeys(settings);
  const { workers } = settings.gateway;
  return {
    name: "mcp-gateway",
    image: "mcp-gateway",
    place: tekupPlaces.gateway,
    offset: 10,
    user: "10001:10001",
    environment: {
      MCP_GATEWAY_PORT: String(port),
      MCP_GATEWAY_CONFIG: inFolder(configFile),
      MCP_SESSION_KEYS: { secret: sessionSecret },
      ...(workers === 1 ? {} : { MCP_GATEWAY_WORKERS: String(workers) }),
      ...tracing(settings),
    },
    secrets: [{ name: sessionSecret }, ...keys.map(({ secret }) => ({ name: secret }))],
    ...certificateFor(settings, "client"),
    liveConfigs: () => [liveConfig(settings, servers)],
    tmpfs: [{ path: "/tmp", sizeMiB: 16 }],
    volumes: [],
    port,
    publish: port,
    memoryMiB: 512,
    // Each process has some ten threads, and the primary is one more.
    pids: 48 + 16 * workers,
    probe: programProbe("mcp-gateway", "health"),
    // Calls that run come to their end first.
    stop: { signal: "SIGTERM", graceSeconds: 15 },
    dependsOn: [],
    databaseUsers: [],
    mcp: { port },
    metrics: { port, path: "/metrics" },
  };
}

/** Every key that is good, the first of each client before its others. */
export function clientKeys({ clients }: Settings) {
  return Object.entries(clients).flatMap(([client, { keys }]) =>
    keys.map((key) => ({ client, key, secret: clientKeySecret(client, key) })),
  );
}

function liveConfig(settings: Settings, servers: readonly ServiceTemplate[]): LiveConfigFolder {
  const keyFile = (client: string, key: string) => `keys/${client}-${key}`;
  const hashes = clientKeys(settings).map(({ client, key, secret }): [string, SecretHash] => [
    keyFile(client, key),
    { sha256Of: secret },
  ]);
  const clients = Object.entries(settings.clients).map(([name, { keys, ...rules }]) => [
    name,
    { keys: keys.map((key) => ({ file: inFolder(keyFile(name, key)) })), ...rules },
  ]);
  const { environment: env, logLevel } = settings;
  // Of how many workers there are it is told by its environment, as only a new process can take that over.
  const { workers: _workers, absenceSeconds, ...limits } = settings.gateway;
  const tls = hasTls(settings);
  const scheme = tls ? "https" : "http";
  const serverOf = (template: ServiceTemplate) => {
    const { bandwidthKiB } = settingsOf(template, settings);
    return {
      url: `${scheme}://${template.name}:${template.port}`,
      ...(absenceSeconds === undefined ? {} : { absenceMs: absenceSeconds * 1000 }),
      ...(template.keepsSessions ? { era: "legacy" } : {}),
      ...(bandwidthKiB === undefined ? {} : { bandwidthKiB }),
    };
  };
  const document = {
    env,
    logLevel,
    ...limits,
    ...(tls ? { upstreamTls } : {}),
    clients: Object.fromEntries(clients) as object,
    servers: Object.fromEntries(
      servers.map((template) => [template.behindGateway ?? template.name, serverOf(template)]),
    ),
  };
  return {
    path: configFolder,
    files: {
      [configFile]: stringify(document),
      ...Object.fromEntries(hashes),
    },
  };
}
