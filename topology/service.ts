import type { ServiceSettings, Settings } from "../config/schema";
import { memoryMiB } from "../config/schema";
import { addressAt, type Subnet } from "./ipv4";
import type { TierPlace } from "./tiers";
import type { DatabaseUserSpec, SecretSpec, Service } from "./types";

/** A database user before a stack's settings say what it may do. */
export type DatabaseUserTemplate = Omit<DatabaseUserSpec, "access">;

/** A service as the project knows it, before a stack's settings: "add a server" is to write one of these. */
export interface ServiceTemplate extends Omit<
  Service,
  "containerName" | "address" | "ports" | "databaseUsers" | "volumes"
> {
  place: TierPlace;
  /** Default place of its address behind the network's first one. */
  offset: number;
  /** Port that `publish` leads to. */
  port: number;
  volumes: { volume: string; path: string }[];
  databaseUsers: DatabaseUserTemplate[];
  /** Passwords of its own; `setting` names the setting that gives it where passwords are provided. */
  secrets: { name: string; setting?: string }[];
  /** Environment variable that tells the program what its database user may do. */
  accessVariable?: string;
}

/** What a template needs to know of the stack. */
export interface StackContext {
  settings: Settings;
  subnet: Subnet;
}

/** The service that a template becomes with a stack's settings. */
export function buildService(template: ServiceTemplate, { settings, subnet }: StackContext): Service {
  const { place: _place, offset, port, secrets: _secrets, accessVariable, ...fixed } = template;
  const own: ServiceSettings = settings.services[template.name] ?? {};
  const access = own.access ?? "read";
  return {
    ...fixed,
    containerName: `${settings.namePrefix}${template.name}`,
    address: own.address ?? addressAt(subnet, offset),
    environment: {
      ...template.environment,
      ...(accessVariable ? { [accessVariable]: access === "read" ? "read" : "write" } : {}),
    },
    ports: own.publish ? [{ container: port, host: own.publish, address: "127.0.0.1" }] : [],
    memoryMiB: own.memory ? memoryMiB(own.memory) : template.memoryMiB,
    probe: { ...template.probe, ...defined(own.probe ?? {}) },
    databaseUsers: template.databaseUsers.map((user) => ({ ...user, access })),
  };
}

/** The passwords that a template needs. */
export function buildSecrets(template: ServiceTemplate, settings: Settings): SecretSpec[] {
  return template.secrets.map(({ name, setting }) => ({
    name,
    source:
      setting && settings.databasePasswords === "provided"
        ? { kind: "setting", key: setting }
        : { kind: "generated" },
  }));
}

/** An object without the keys whose value is undefined, so that spreading it keeps what it does not set. */
function defined<T extends object>(object: T) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
