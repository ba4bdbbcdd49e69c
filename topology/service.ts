import type { ServiceSettings, Settings, StatementSettings } from "../config/schema";
import { memoryMiB } from "../config/schema";
import type { TierPlace } from "./tiers";
import type {
  CertificateFolder,
  ConfigFolder,
  DatabaseKind,
  DatabaseUserSpec,
  LiveConfigFolder,
  NetworkPlace,
  SecretSpec,
  Service,
  Tier,
  VolumeMount,
  VolumeSpec,
} from "./types";

/** A database user before a stack's settings say what it may do; `monitor` is never a matter of settings. */
export type DatabaseUserTemplate = Omit<DatabaseUserSpec, "access"> & { access?: "monitor" };

/** A service as the project knows it, before a stack's settings: "add a server" is to write one of these. */
export interface ServiceTemplate extends Omit<
  Service,
  | "containerName"
  | "networks"
  | "ports"
  | "databaseUsers"
  | "volumes"
  | "configs"
  | "liveConfigs"
  | "certificate"
  | "gpus"
  | "cpuShares"
> {
  /** Left out where it is the normal one. */
  cpuShares?: number;
  place: TierPlace;
  /** Default place of its address behind the network's first one. */
  offset: number;
  /** Port that `publish` leads to. */
  port: number;
  /** Port of the host's loopback that the service is published on where no setting says otherwise. */
  publish?: number;
  volumes: VolumeTemplate[];
  /** Configuration that is made from the services of the whole cluster. */
  configs?: (cluster: Cluster) => ConfigFolder[];
  /** Likewise, of what its program follows as it runs. */
  liveConfigs?: (cluster: Cluster) => LiveConfigFolder[];
  /** Its names are those of the service. */
  certificate?: Omit<CertificateFolder, "names">;
  databaseUsers: DatabaseUserTemplate[];
  /** Passwords of its own; `setting` names the setting that gives it where passwords are provided. */
  secrets: SecretTemplate[];
  /** Environment variable that tells the program what its database user may do. */
  accessVariable?: string;
  /** Environment variables that tell the program which setting says what its user of a database may reach. */
  reachVariables?: Partial<Record<DatabaseKind, string>>;
  /** Environment variables that tell the program what its calls may cost. */
  statementVariables?: Record<keyof StatementSettings, string>;
  /** How its program is started within so much memory, where that takes more than the container's limit; in MiB. */
  startedWithin?: (memoryMiB: number) => Pick<Service, "entrypoint" | "command">;
  /** Its program is one of Go's, whose memory is its own: its garbage collector works harder before the container's limit is met. */
  goProgram?: true;
  /** The setting `gpus` has a meaning for it. */
  usesGpus?: true;
  /** The name that the gateway has for it; such a service may have replicas and, kept apart, the way to the internet. */
  behindGateway?: string;
  /** It keeps sessions of its own, and each client has to stay with the replica that has his. */
  keepsSessions?: true;
  /** Which replica of `replicaOf` it is, from 2 on. */
  replica?: number;
}

/** A volume of a service; one that several services name is one volume. */
export interface VolumeTemplate extends VolumeMount {
  /** What is in it can be made again: it goes with the stack. */
  cache?: true;
}

export interface SecretTemplate {
  name: string;
  /** The setting that gives it where passwords are provided. */
  setting?: string;
  /** Where it is within that setting, if that is a map. */
  path?: string[];
  /** Only the setting can give it; nothing generated would do. */
  provided?: true;
}

/** What a template needs to know of the stack. */
export interface StackContext {
  settings: Settings;
  /** Where the system puts a service, with what the stack says of it. */
  place: Place;
}

/** Gives a service its networks, its addresses there and its names. */
export type Place = (template: ServiceTemplate, own: ServiceSettings) => [NetworkPlace, ...NetworkPlace[]];

/** The whole cluster, as configuration that speaks of all services is made from. */
export interface Cluster {
  stack: string;
  /** Each service once, however many replicas it has: their number is to change no configuration. */
  tiers: readonly Tier[];
  settings: Settings;
}

const normalCpuShares = 1024;

/** Of a container's memory for Go's heap; the rest is for what Go does not count. Source: Go's guide to its garbage collector. */
const goMemoryShare = 0.9;

/** The service that a template becomes with a stack's settings; its configuration follows once all are known. */
export function buildService(template: ServiceTemplate, { settings, place }: StackContext): Service {
  const {
    place: _place,
    offset: _offset,
    port,
    publish,
    secrets: _secrets,
    configs: _configs,
    liveConfigs: _liveConfigs,
    usesGpus: _usesGpus,
    behindGateway: _behindGateway,
    keepsSessions: _keepsSessions,
    replica: _replica,
    accessVariable,
    reachVariables = {},
    statementVariables = {},
    startedWithin,
    goProgram,
    certificate,
    ...fixed
  } = template;
  const own = settingsOf(template, settings);
  const access = own.access ?? "read";
  const host = own.publish ?? publish ?? false;
  const cpus = own.cpus ?? template.cpus;
  const memory = own.memory ? memoryMiB(own.memory) : template.memoryMiB;
  return {
    ...fixed,
    ...startedWithin?.(memory),
    containerName: `${settings.namePrefix}${template.name}`,
    networks: place(template, own),
    environment: {
      ...template.environment,
      ...(goProgram ? { GOMEMLIMIT: `${Math.floor(memory * goMemoryShare)}MiB` } : {}),
      ...(accessVariable ? { [accessVariable]: access === "read" ? "read" : "write" } : {}),
      ...namesOfReach(template.name, reachVariables),
      ...variables(statementVariables, own.statements ?? {}),
    },
    volumes: template.volumes.map(({ cache: _cache, ...mount }) => mount),
    ports:
      host === false || template.replicaOf !== undefined
        ? []
        : [{ container: port, host, address: "127.0.0.1" }],
    memoryMiB: memory,
    cpuShares: template.cpuShares ?? normalCpuShares,
    ...(cpus === undefined ? {} : { cpus }),
    ...(own.gpus ? { gpus: own.gpus } : {}),
    ...(certificate ? { certificate: { ...certificate, names: namesOf(template) } } : {}),
    probe: { ...template.probe, ...defined(own.probe ?? {}) },
    databaseUsers: template.databaseUsers.map((user) => {
      const reach = user.access === undefined ? own[reachSettings[user.kind]] : undefined;
      return { access, ...user, ...(reach ? { reach } : {}) };
    }),
  };
}

/** The setting of a service that says what its user of such a database may reach. */
export const reachSettings = { postgres: "schemas", mariadb: "databases" } as const;

/** The names of those settings, for a server that tells them to its clients. */
function namesOfReach(name: string, names: Partial<Record<DatabaseKind, string>>): Record<string, string> {
  const settings = Object.entries(names) as [DatabaseKind, string][];
  return Object.fromEntries(
    settings.map(([kind, variable]) => [variable, `mcp:services.${name}.${reachSettings[kind]}`]),
  );
}

/** The variables of those settings that a stack has; a program has defaults of its own. */
function variables<Key extends string>(
  names: Partial<Record<Key, string>>,
  values: Partial<Record<Key, number | undefined>>,
): Record<string, string> {
  const entries = Object.entries(names) as [Key, string][];
  return Object.fromEntries(
    entries.flatMap(([key, name]) => (values[key] === undefined ? [] : [[name, String(values[key])]])),
  );
}

/** The names that a service is called by, from within its own container as well. */
function namesOf({ name, replicaOf }: ServiceTemplate): string[] {
  return [...(replicaOf === undefined ? [] : [replicaOf]), name, "localhost"];
}

/** What a stack says of a service, or of the one that it is a replica of. */
export function settingsOf(
  { name, replicaOf }: Pick<ServiceTemplate, "name" | "replicaOf">,
  { services }: Pick<Settings, "services">,
): ServiceSettings {
  return services[replicaOf ?? name] ?? {};
}

/** The passwords that a template needs. */
export function buildSecrets(template: ServiceTemplate, settings: Settings): SecretSpec[] {
  return template.secrets.map(({ name, setting, path, provided }) => ({
    name,
    source:
      setting && (provided || settings.databasePasswords === "provided")
        ? { kind: "setting", key: setting, ...(path ? { path } : {}) }
        : { kind: "generated" },
  }));
}

/** The volumes of all templates, each once. */
export function buildVolumes(templates: readonly ServiceTemplate[], settings: Settings): VolumeSpec[] {
  const byName = new Map(
    templates.flatMap(({ volumes }) => volumes).map((mount) => [mount.volume, mount] as const),
  );
  return [...byName.values()].map(({ volume, cache }) => ({
    name: volume,
    volumeName: `${settings.namePrefix}${volume}`,
    kind: cache ? "cache" : "data",
  }));
}

/** An object without the keys whose value is undefined, so that spreading it keeps what it does not set. */
function defined<T extends object>(object: T) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
