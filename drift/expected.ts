import type { DatabaseUserInputs } from "../provider/database-user";
import type { ConfigVolumeInputs } from "../provider/config-volume";
import type { Topology } from "../topology";
import { allServices } from "../topology/services";
import type { LiveConfigInputs } from "../provider/live-config";
import type { ContainerArgs } from "./container-args";
import type { Repair } from "./finding";
import type { PlannedResource } from "./program";
import type { RecordedResource, StackRecord } from "./record";

/** What the engine should have, by the state, and what the program of this checkout makes of the same. */
export interface Expected {
  stack: string;
  /** The environment's random name, which all that is the stack's is labelled with. */
  environment: string;
  networks: ExpectedNetwork[];
  services: ExpectedService[];
  volumes: ExpectedVolume[];
  configs: ExpectedConfig[];
  images: ExpectedImage[];
  users: ExpectedUser[];
  certificates: ExpectedCertificate[];
  record: StackRecord;
  planned: readonly PlannedResource[];
}

export interface ExpectedNetwork {
  id: string;
  name: string;
  subnet: string;
  gateway: string;
  internal: boolean;
}

export interface ExpectedService {
  name: string;
  containerId: string;
  containerName: string;
  args: ContainerArgs;
  /** Most processes, which the container's own arguments can't say. */
  pids: number | undefined;
  /** What the program would make of it now; undefined where it no longer knows the service. */
  planned: { args: ContainerArgs; pids: number | undefined } | undefined;
  /** Names of variables whose value may be shown. */
  plainVariables: ReadonlySet<string>;
  dependsOn: readonly string[];
  /** Volumes with data, by where they are mounted, and their mark. */
  dataVolumes: { paths: string[]; mark: string } | undefined;
}

export interface ExpectedVolume {
  name: string;
  volumeName: string;
  driver: string;
  labels: Record<string, string>;
  kind: string;
}

export interface ExpectedConfig {
  volumeName: string;
  /** Where in the volume the files are; empty for its root. */
  folder: string;
  files: Record<string, string>;
  /** Names of files that only this user, `UID:GID`, may read; the others are for everybody. */
  closed: { names: string[]; user: string } | undefined;
  /** What puts the files back as they were. */
  repair: Extract<Repair, { do: "refill" | "exchange" }>;
  service: string;
}

export interface ExpectedImage {
  name: string;
  /** What the stack holds it under. */
  reference: string;
  imageId: string;
}

export interface ExpectedUser {
  service: string;
  server: string;
  inputs: DatabaseUserInputs;
}

export interface ExpectedCertificate {
  service: string;
  /** When it ends, in ISO 8601. */
  notAfter: string;
  /** An update makes it anew once it ends within so many days. */
  renewDays: number;
}

const types = {
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
  volume: "docker:index/volume:Volume",
  config: "mcpdocker:index:ConfigVolume",
  liveConfig: "mcpdocker:index:LiveConfig",
  image: "mcpdocker:index:Image",
  ready: "mcpdocker:index:Ready",
  user: "mcpdocker:index:DatabaseUser",
  certificate: "mcpdocker:index:Certificate",
} as const;

/** Puts state, topology and program together; nothing is asked of the engine. */
export function expectedOf(
  record: StackRecord,
  planned: readonly PlannedResource[],
  topology: Topology,
): Expected {
  const of = (type: string) => record.resources.filter((resource) => resource.type === type);
  const environment = record.resources.find(
    ({ type, name }) => type.startsWith("random:") && name === "environment",
  );
  return {
    stack: topology.stack,
    environment: (environment?.outputs.hex as string | undefined) ?? "",
    networks: of(types.network).map(networkOf),
    services: of(types.container).map((resource) => serviceOf(resource, record, planned, topology)),
    volumes: of(types.volume).map(volumeOf),
    configs: [...of(types.config).map(configOf), ...of(types.liveConfig).map(liveConfigOf)],
    images: of(types.image).map(({ name, id, outputs }) => ({
      name,
      reference: id,
      imageId: String(outputs.imageId),
    })),
    users: of(types.user).map((resource) => userOf(resource, record)),
    certificates: of(types.certificate).map(certificateOf),
    record,
    planned,
  };
}

function certificateOf({ name, inputs, outputs }: RecordedResource): ExpectedCertificate {
  return {
    service: name,
    notAfter: String(outputs.notAfter),
    renewDays: Number(inputs.renewDays),
  };
}

function networkOf({ id, inputs }: RecordedResource): ExpectedNetwork {
  const { name, ipamConfigs, internal } = inputs as {
    name: string;
    ipamConfigs?: { subnet: string; gateway: string }[];
    internal?: boolean;
  };
  const { subnet = "", gateway = "" } = ipamConfigs?.[0] ?? {};
  return { id, name, subnet, gateway, internal: internal ?? false };
}

function serviceOf(
  { name, id, inputs }: RecordedResource,
  { resources }: StackRecord,
  planned: readonly PlannedResource[],
  topology: Topology,
): ExpectedService {
  const args = inputs as unknown as ContainerArgs;
  const ready = resources.find((other) => other.type === types.ready && other.name === name);
  const plannedOf = (type: string) => planned.find((other) => other.type === type && other.name === name);
  const plannedArgs = plannedOf(types.container)?.inputs;
  const service = allServices(topology).find((other) => other.name === name);
  const variables = Object.entries(service?.environment ?? {});
  return {
    name,
    containerId: id,
    containerName: args.name,
    args,
    pids: ready?.inputs.pidsLimit as number | undefined,
    planned: plannedArgs && {
      args: plannedArgs as unknown as ContainerArgs,
      pids: plannedOf(types.ready)?.inputs.pidsLimit as number | undefined,
    },
    plainVariables: new Set(
      variables.filter(([, value]) => typeof value === "string").map(([variable]) => variable),
    ),
    dependsOn: service?.dependsOn ?? [],
    dataVolumes: ready?.inputs.dataVolumes as ExpectedService["dataVolumes"],
  };
}

function volumeOf({ name, id, outputs }: RecordedResource): ExpectedVolume {
  const labels = (outputs.labels ?? []) as { label: string; value: string }[];
  const byName = Object.fromEntries(labels.map(({ label, value }) => [label, value]));
  return {
    name,
    volumeName: id,
    driver: (outputs.driver as string | undefined) ?? "local",
    labels: byName,
    kind: byName["dev.mcp.volume-kind"] ?? "data",
  };
}

function configOf({ id, inputs: given }: RecordedResource): ExpectedConfig {
  const inputs = given as ConfigVolumeInputs;
  return { ...configuration(id, inputs), closed: undefined, folder: "", repair: { do: "refill", inputs } };
}

function liveConfigOf({ id, inputs: given }: RecordedResource): ExpectedConfig {
  const inputs = given as LiveConfigInputs;
  return {
    ...configuration(id, inputs),
    closed: inputs.private,
    folder: "current",
    repair: { do: "exchange", inputs },
  };
}

function configuration(volumeName: string, { files, labels }: ConfigVolumeInputs | LiveConfigInputs) {
  return { volumeName, files, service: labels["dev.mcp.service"] ?? "" };
}

function userOf({ name, inputs }: RecordedResource, { resources }: StackRecord): ExpectedUser {
  const user = inputs as DatabaseUserInputs;
  const server = resources.find(({ type, id }) => type === types.container && id === user.containerId);
  return {
    service: name.replace(new RegExp(`-${user.kind}$`), ""),
    server: server?.name ?? "",
    inputs: user,
  };
}
