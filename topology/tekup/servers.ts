import type { Settings } from "../../config/schema";
import { mcpServerProbe } from "../probes";
import { userNamespaces } from "../seccomp";
import type { ServiceTemplate } from "../service";
import { certificateFor, hasTls, loopbackHealthPort, tlsFiles } from "../tls";
import type { BindMount } from "../types";
import { serverOffset, tekupPlaces } from "./places";
import { tracing } from "./tracing";

/** Where servers find the folders that the settings name, and what they have where none is named. */
const foldersPath = "/folders";
const workspace = { volume: "workspace", path: "/srv" };
const workspaceFolder = `${workspace.path}/workspace`;

/** What search by meaning has read; each replica has its own, and makes it again where it is gone. */
const index = { volume: "search-index", path: "/index", cache: true } as const;

/** What all of TekUp's servers have in common. */
export function server(settings: Settings, name: string, { index, port }: { index: number; port: number }) {
  const tls = hasTls(settings);
  return {
    name: `mcp-${name}`,
    image: `mcp-${name}`,
    behindGateway: name,
    place: tekupPlaces.servers,
    offset: serverOffset(index),
    user: "10001:10001",
    tmpfs: [{ path: "/tmp", sizeMiB: 64 }],
    volumes: [],
    port,
    pids: 128,
    secrets: [],
    dependsOn: [],
    databaseUsers: [],
    probe: mcpServerProbe,
    stop: { signal: "SIGTERM", graceSeconds: 15 },
    ...certificateFor(settings, "server"),
    environment: {
      MCP_PORT: String(port),
      LOG_LEVEL: settings.logLevel,
      ...(tls ? { MCP_TLS_FOLDER: tlsFiles.folder, MCP_HEALTH_PORT: String(loopbackHealthPort) } : {}),
      ...tracing(settings),
    },
    metrics: { port, path: "/metrics", replicated: true, ...(tls ? { tls: true } : {}) },
  } satisfies Partial<ServiceTemplate>;
}

/** Every server behind the gateway, with the specification's ports and resources. */
export function tekupServers(settings: Settings): ServiceTemplate[] {
  return [browser(settings), filesystem(settings), search(settings)];
}

/** Chromium, with a context for each session. */
function browser(settings: Settings): ServiceTemplate {
  const common = server(settings, "browser", { index: 0, port: 3001 });
  const { allowPrivate, bandwidthKiB, idleSeconds, sandbox, sessions } = settings.browser;
  return {
    ...common,
    keepsSessions: true,
    memoryMiB: 2048,
    cpus: 1,
    pids: 512,
    // Profiles and shared memory of Chromium; part of the memory limit.
    tmpfs: [{ path: "/tmp", sizeMiB: 512 }],
    ...(sandbox ? { seccomp: userNamespaces } : {}),
    environment: {
      ...common.environment,
      BROWSER_SANDBOX: sandbox ? "auto" : "off",
      ...(bandwidthKiB === undefined ? {} : { BROWSER_BANDWIDTH_KB: String(bandwidthKiB) }),
      ...(sessions === undefined ? {} : { BROWSER_SESSIONS: String(sessions) }),
      ...(idleSeconds === undefined ? {} : { BROWSER_IDLE_SECONDS: String(idleSeconds) }),
      ...(allowPrivate.length > 0 ? { BROWSER_ALLOW_PRIVATE: allowPrivate.join(",") } : {}),
    },
    probe: { ...common.probe, startPeriod: 30 },
  };
}

/** Files of the folders that the settings name. */
function filesystem(settings: Settings): ServiceTemplate {
  const common = server(settings, "filesystem", { index: 1, port: 3002 });
  const folders = Object.entries(settings.folders);
  const paths = (write: boolean) =>
    folders.filter(([, folder]) => folder.write === write).map(([name]) => `${foldersPath}/${name}`);
  return {
    ...common,
    memoryMiB: 512,
    cpus: 0.5,
    environment: {
      ...common.environment,
      FILESYSTEM_QUOTA_MB: String(settings.filesystem.quotaMiB),
      FILESYSTEM_QUOTA_FILES: String(settings.filesystem.quotaFiles),
      ...(folders.length === 0
        ? { FILESYSTEM_WRITE_ROOTS: workspaceFolder }
        : {
            FILESYSTEM_READ_ROOTS: paths(false).join(","),
            FILESYSTEM_WRITE_ROOTS: paths(true).join(","),
          }),
    },
    ...(folders.length === 0 ? { volumes: [workspace] } : { binds: binds(settings, true) }),
  };
}

/** Search in the same folders, which it only reads. */
function search(settings: Settings): ServiceTemplate {
  const common = server(settings, "search", { index: 2, port: 3003 });
  const names = Object.keys(settings.folders);
  return {
    ...common,
    memoryMiB: 1024,
    cpus: 0.5,
    environment: {
      ...common.environment,
      SEARCH_ROOTS:
        names.length === 0 ? workspaceFolder : names.map((name) => `${foldersPath}/${name}`).join(","),
      SEARCH_INDEX: index.path,
    },
    ...(names.length === 0
      ? { volumes: [index, { ...workspace, readOnly: true }] }
      : { volumes: [index], binds: binds(settings, false) }),
  };
}

function binds({ folders }: Settings, mayWrite: boolean): BindMount[] {
  return Object.entries(folders).map(([name, { source, write }]) => ({
    source,
    path: `${foldersPath}/${name}`,
    readOnly: !(mayWrite && write),
  }));
}
