import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../topology";
import { type ContainerParts, containerArgs } from "./container";
import { certificateVolumes, type StackAuthority } from "./certificates";
import { configVolumes } from "./configs";
import { liveConfigVolumes } from "./live-configs";
import { networkOf } from "./network";
import { DatabaseUser, Ready } from "./resources";

/** A service that others may depend on: the container, and the moment it is healthy. */
export interface RunningService {
  containerId: pulumi.Output<string>;
  ready: Ready;
}

/** What a service is handed by those below it. */
export interface ServiceParts extends Omit<ContainerParts, "configs" | "liveConfigs"> {
  /** The services it may depend on, by name. */
  running: ReadonlyMap<string, RunningService>;
  /** Those of the stack's volumes, by their names in the topology, whose data outlives the stack. */
  dataVolumes: ReadonlySet<string>;
  authority: StackAuthority | undefined;
  healthTimeout: number;
}

/**
 * The Docker provider says "updated" for these and changes nothing on the engine. A container's name can be had once, so
 * the old one goes first.
 */
const replacedForReal = { replaceOnChanges: ["healthcheck", "tmpfs", "mounts"], deleteBeforeReplace: true };

/** One service of a tier: its database users, its container, and the gate that what depends on it waits for. */
export class ServiceContainer extends pulumi.ComponentResource implements RunningService {
  readonly containerId: pulumi.Output<string>;
  readonly ready: Ready;

  constructor(service: Service, parts: ServiceParts, options: pulumi.ComponentResourceOptions) {
    super("mcp:docker:ServiceContainer", service.name, {}, options);
    const networks = service.networks.map(({ network }) => networkOf(parts.networks, network, service));
    const below = service.dependsOn.map((name) => find(parts.running, name, service.name));
    const users = service.databaseUsers.map((user) => {
      const server = find(parts.running, user.server, service.name);
      const { name, kind, database, access, reach } = user;
      const password = parts.secrets.get(user.password.secret) ?? pulumi.output("");
      return new DatabaseUser(
        `${service.name}-${kind}`,
        {
          ...{ containerId: server.containerId, kind, database, name, access, password },
          ...(reach ? { reach } : {}),
        },
        // The container that held the user may be replaced; the user is made in the new one, never removed for it.
        { parent: this, dependsOn: server.ready },
      );
    });
    const configs = configVolumes(service, parts, { parent: this });
    const liveConfigs = new Map([
      ...liveConfigVolumes(service, parts, { parent: this }),
      ...certificateVolumes(service, parts, { parent: this }),
    ]);
    const args = containerArgs(service, { ...parts, configs, liveConfigs });
    const container = new docker.Container(service.name, args, {
      parent: this,
      dependsOn: [...networks, ...below.map(({ ready }) => ready), ...users],
      ...replacedForReal,
    });
    this.containerId = container.id;
    const paths = dataPaths(service, parts.dataVolumes);
    this.ready = new Ready(
      service.name,
      {
        containerId: container.id,
        pidsLimit: service.pids,
        timeoutSeconds: parts.healthTimeout,
        ...(paths.length > 0 ? { dataVolumes: { paths, mark: parts.owner.environment } } : {}),
      },
      { parent: this },
    );
    this.registerOutputs({ containerId: this.containerId });
  }
}

/** Where the service's volumes with data are mounted, as far as it may write there. */
function dataPaths({ volumes }: Service, data: ReadonlySet<string>): string[] {
  return volumes.filter(({ volume, readOnly }) => data.has(volume) && !readOnly).map(({ path }) => path);
}

function find(running: ReadonlyMap<string, RunningService>, name: string, by: string): RunningService {
  const found = running.get(name);
  if (!found) throw new Error(`"${by}" depends on "${name}", which is in no tier below it.`);
  return found;
}
