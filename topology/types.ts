/**
 * A stack's environment as plain data: what the components register, what the golden files hold, and what a review
 * reads. Nothing in this folder imports Pulumi.
 */
export interface Topology {
  /** The stack's name, which every object on the engine carries as a label. */
  stack: string;
  system: "devcontainer" | "tekup";
  network: NetworkSpec;
  /** Random or given passwords, by name; never their values. */
  secrets: SecretSpec[];
  volumes: VolumeSpec[];
  tiers: Tier[];
  /** Addresses that are kept free for services to come. */
  reservations: Reservation[];
}

export interface NetworkSpec {
  name: string;
  /** CIDR, for example `172.20.0.0/16`. */
  subnet: string;
  /** The host's own address on the network: the first behind the network's. */
  gateway: string;
}

/** A password that the program makes, or that a setting gives. */
export interface SecretSpec {
  name: string;
  source: { kind: "generated" } | { kind: "setting"; key: string };
}

export interface VolumeSpec {
  /** Name within the topology, for example `postgres-data`. */
  name: string;
  /** Name on the engine, with the stack's prefix. */
  volumeName: string;
}

/** Services that start together, when the tiers they depend on are healthy. */
export interface Tier {
  number: number;
  name: string;
  services: Service[];
}

/** One container: everything that decides how it runs, whichever way its image came. */
export interface Service {
  /** Name within the topology, and its DNS alias on the network. */
  name: string;
  containerName: string;
  /** Name of the image; see imaging/. */
  image: string;
  address: string;
  /** Numeric, as images differ in the names they know. */
  user: string;
  environment: Record<string, string | SecretReference>;
  volumes: { volume: string; path: string }[];
  /** Writable paths in memory, as the root file system is read-only; size in MiB. */
  tmpfs: { path: string; sizeMiB: number }[];
  ports: PublishedPort[];
  /** Hard limit; swap is held equal, so that none is added. */
  memoryMiB: number;
  pids: number;
  probe: Probe;
  stop: { signal: string; graceSeconds: number };
  /** Names of services that must be healthy before this one starts. */
  dependsOn: string[];
  /** The database users that this service needs, made before it starts. */
  databaseUsers: DatabaseUserSpec[];
  /** How a client uses the service; absent where it is not for clients. */
  mcp?: McpEndpoints;
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
export type DatabaseAccess = "read" | "write" | "owner";

/** A user inside a database server, with no more rights than `access` names. */
export interface DatabaseUserSpec {
  name: string;
  kind: DatabaseKind;
  /** Name of the service that is the database server. */
  server: string;
  database: string;
  access: DatabaseAccess;
  password: SecretReference;
}

export interface McpEndpoints {
  /** Port of Streamable HTTP at `/mcp`, and of `/health`. */
  port: number;
  /** Command that speaks MCP on standard input and output, run with `docker exec -i`. */
  stdio: string[];
}

export interface Reservation {
  name: string;
  address: string;
  port: number;
}
