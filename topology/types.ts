import type { SeccompProfile } from "./seccomp";

/**
 * A stack's environment as plain data: what the components register, what the golden files hold, and what a review
 * reads. Nothing in this folder imports Pulumi.
 */
export interface Topology {
  /** The stack's name, which every object on the engine carries as a label. */
  stack: string;
  system: "devcontainer" | "tekup";
  /** The first is the stack's own, on which people and monitoring find what the stack offers; others keep services apart. */
  networks: [NetworkSpec, ...NetworkSpec[]];
  /** Random or given passwords, by name; never their values. */
  secrets: SecretSpec[];
  volumes: VolumeSpec[];
  /** Where services have certificates: who signs those. */
  authority?: AuthoritySpec;
  tiers: Tier[];
  /** What the engine keeps of each container's log. */
  logs: ContainerLogs;
  /** Services that the settings ask for and that can't be had here, and why; everything else goes on. */
  absent: AbsentService[];
}

export interface NetworkSpec {
  /** Name within the topology; the stack's own is `network`. */
  name: string;
  /** Name on the engine. */
  networkName: string;
  /** CIDR, for example `172.20.0.0/16`. */
  subnet: string;
  /** The host's own address on the network: the first behind the network's. */
  gateway: string;
  /** Nothing on it reaches anything outside it, or is reached from there. */
  internal?: boolean;
}

/** A service's place on a network. */
export interface NetworkPlace {
  /** Name of the network within the topology. */
  network: string;
  address: string;
  /** Names that its DNS gives the address for. */
  aliases: string[];
}

/** A password that the program makes, or that a setting gives. */
export interface SecretSpec {
  name: string;
  /** `path` leads to it within a setting that is a map. */
  source: { kind: "generated" } | { kind: "setting"; key: string; path?: string[] };
}

/** The stack's own certificate authority, and how long the certificates are good that it signs. */
export interface AuthoritySpec {
  days: number;
  /** They are made anew by an update once they end within so many days. */
  renewDays: number;
  /** Another text has all of them made anew, by the authority that comes next. */
  rotation: string;
}

/** A file of that size is followed by a new one, and so many are kept. */
export interface ContainerLogs {
  maxSizeMiB: number;
  files: number;
  /** Beside each line stands whose it is, for the log store. */
  named?: true;
}

export interface VolumeSpec {
  /** Name within the topology, for example `postgres-data`. */
  name: string;
  /** Name on the engine, with the stack's prefix. */
  volumeName: string;
  /** `data` outlives the stack; a `cache` can be made again and goes with it. */
  kind: "data" | "cache";
}

/** Services that start together, when the tiers they depend on are healthy. */
export interface Tier {
  number: number;
  name: string;
  services: Service[];
}

/** One container: everything that decides how it runs, whichever way its image came. */
export interface Service {
  name: string;
  containerName: string;
  /** Name of the image; see imaging/. */
  image: string;
  /** The service that this is a further replica of; others find all of them under its name. */
  replicaOf?: string;
  /** The first is where others find it, and what `address` in settings and reports is about. */
  networks: [NetworkPlace, ...NetworkPlace[]];
  /** Numeric, as images differ in the names they know. */
  user: string;
  /** A folder whose owner takes the user's place, unless that is root, so that files in it have one owner. */
  ownerOf?: ProjectFolder;
  environment: Record<string, string | SecretReference | OwnerReference>;
  /** Takes the place of the image's entry point. */
  entrypoint?: string[];
  /** Takes the place of the image's command: its program's arguments. */
  command?: string[];
  /** Groups besides the user's own: numbers, or the group that may use the engine's socket. */
  groups?: (number | EngineSocketGroup)[];
  volumes: VolumeMount[];
  /** What its data volumes hold, for example `PostgreSQL 16`: software of another release series does not read it. */
  dataFormat?: string;
  /** Folders and files of the host that the engine runs on. */
  binds?: BindMount[];
  /** Folders of configuration, made from this text and mounted read-only; a change replaces the container. */
  configs?: ConfigFolder[];
  /** Folders of configuration that its program follows; a change is written into them as it runs. */
  liveConfigs?: LiveConfigFolder[];
  /** A certificate from the stack's authority, exchanged as its program runs. */
  certificate?: CertificateFolder;
  /** Writable paths in memory, as the root file system is read-only; size in MiB. */
  tmpfs: TmpfsMount[];
  ports: PublishedPort[];
  /** Linux capabilities, `CAP_…`, given back after all are dropped. */
  capabilities?: string[];
  /** Kernel filters that are lifted, for the one program that can't work under them. */
  unconfined?: ("seccomp" | "apparmor")[];
  /** Its own filter of system calls, in the place of the engine's. */
  seccomp?: SeccompProfile;
  /** The root file system can be written; only where a program can't do without. */
  writableRoot?: boolean;
  /** A process 1 that collects orphans, for containers that run whatever their user starts. */
  init?: boolean;
  /** The GPUs of the engine that the container may use: `all`, or their number or names. */
  gpus?: string;
  /** Labels besides the project's own. */
  labels?: Record<string, string | ProjectFolder>;
  /** Hard limit; swap is held equal, so that none is added. */
  memoryMiB: number;
  /** Share of the processors when they are scarce, against that of others; 1024 is what the engine takes for normal. */
  cpuShares: number;
  /** Hard limit, in processors: 0.5 is half the time of one. */
  cpus?: number;
  pids: number;
  probe: Probe;
  stop: StopSpec;
  /** Names of services that must be healthy before this one starts. */
  dependsOn: string[];
  /** The database users that this service needs, made before it starts. */
  databaseUsers: DatabaseUserSpec[];
  /** How a client uses the service; absent where it is not for clients. */
  mcp?: McpEndpoints;
  /** The pages that the web entry leads to this service's port for. */
  web?: WebPage;
  /** Where Prometheus finds the service's metrics; absent where it has none. */
  metrics?: MetricsEndpoint;
}

/** How a container is told to stop. */
export interface StopSpec {
  signal: string;
  /** After so many seconds it is killed. */
  graceSeconds: number;
  /** What its program ends with then, where that is neither 0 nor the signal's own, 128 and its number. */
  exitCode?: number;
}

/** What the containers of this very environment are labelled with; random, and known once it is put up. */
export interface OwnerReference {
  owner: "environment";
}

export interface VolumeMount {
  volume: string;
  path: string;
  readOnly?: boolean;
}

export interface TmpfsMount {
  path: string;
  sizeMiB: number;
  /** Programs that are put there may be run. */
  exec?: boolean;
}

/** The group that owns the engine's socket: found on the machine, so that plans are the same everywhere. */
export type EngineSocketGroup = "engine-socket";

/** The project's folder on this machine, for the same reason; `path` is within it. */
export interface ProjectFolder {
  project: string;
}

export interface BindMount {
  /** Path on the host. */
  source: string | ProjectFolder;
  path: string;
  readOnly: boolean;
  /** Mounts that the host makes later are seen inside as well. */
  follow?: boolean;
}

export interface ConfigFolder {
  /** Where the folder is in the container. */
  path: string;
  /** Text by file name; a name may hold folders. Never a secret: those are environment. */
  files: Record<string, string>;
}

/** Configuration that is exchanged as a whole, in one step, while the program that follows it runs. */
export interface LiveConfigFolder {
  /** Where it is mounted; the files are in the folder `current` there. */
  path: string;
  /** Text by file name; a name may hold folders. Never a secret: those are environment. */
  files: Record<string, string | SecretHash>;
}

/** A folder with a certificate, its key, and the authorities that its service believes; see topology/tls.ts. */
export interface CertificateFolder {
  /** Where it is mounted; the files are in the folder `current` there. */
  path: string;
  usages: ("server" | "client")[];
  /** Names that the service is called by. */
  names: string[];
}

/** Stands for `sha256:` and the hash of a secret in hex: enough to know whoever has the secret. */
export interface SecretHash {
  sha256Of: string;
}

export interface SecretReference {
  secret: string;
}

export interface PublishedPort {
  container: number;
  host: number;
  /** Address on the host; the loopback unless a setting says otherwise. */
  address: string;
}

/** Health check of a container, in the engine's terms; times in seconds. */
export interface Probe {
  command: string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  retries: number;
}

export type DatabaseKind = "postgres" | "mariadb";
/** `monitor` reads statistics, and no rows; it is for exporters and no choice of a setting. */
export type DatabaseAccess = "read" | "write" | "owner" | "monitor";

/** A user inside a database server, with no more rights than `access` names. */
export interface DatabaseUserSpec {
  name: string;
  kind: DatabaseKind;
  /** Name of the service that is the database server. */
  server: string;
  database: string;
  access: DatabaseAccess;
  /** Schemas of PostgreSQL, databases of MariaDB that it may reach; left out where that is `public`, and `database`. */
  reach?: readonly string[];
  password: SecretReference;
}

export interface McpEndpoints {
  /** Port of Streamable HTTP at `/mcp`, and of `/health`. */
  port: number;
  /** Command that speaks MCP on standard input and output, run with `docker exec -i`; absent where there is none. */
  stdio?: string[];
}

export interface WebPage {
  /** Port in the container. */
  port: number;
  /** Path below the entry, which the service itself serves as well: `/prometheus/`. */
  path: string;
  /** What of it is opened first; left out where that is the path itself. */
  page?: string;
  title: string;
}

export interface MetricsEndpoint {
  port: number;
  path: string;
  /** Over TLS, and only for whoever has a certificate from the stack's authority. */
  tls?: true;
  /** There may be several replicas: they are found by the service's name, so that scaling changes nothing here. */
  replicated?: true;
}

export interface AbsentService {
  name: string;
  why: string;
}
