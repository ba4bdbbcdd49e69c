import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { NetworkSpec, Service } from "../topology";
import { labels, type Owner } from "./labels";

/** A bridge that containers of a stack share; its DNS finds them by name. */
export function stackNetwork(
  spec: NetworkSpec,
  owner: Owner,
  options: pulumi.CustomResourceOptions,
): docker.Network {
  return new docker.Network(
    spec.name,
    {
      name: spec.networkName,
      driver: "bridge",
      // An engine that restarts fills in a gateway that was left out, and a refresh would replace the network for it.
      ipamConfigs: [{ subnet: spec.subnet, gateway: spec.gateway }],
      ...(spec.internal ? { internal: true } : {}),
      labels: labels(owner),
    },
    options,
  );
}

/** The network of this name in the topology. */
export function networkOf(
  networks: ReadonlyMap<string, docker.Network>,
  name: string,
  { name: service }: Service,
): docker.Network {
  const found = networks.get(name);
  if (!found) throw new Error(`"${service}" is on the network "${name}", which the topology lacks.`);
  return found;
}
