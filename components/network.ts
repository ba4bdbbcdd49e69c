import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { NetworkSpec } from "../topology";
import { labels, type Owner } from "./labels";

/** The bridge that a stack's containers share; its DNS finds them by name. */
export function clusterNetwork(
  spec: NetworkSpec,
  owner: Owner,
  options: pulumi.CustomResourceOptions,
): docker.Network {
  return new docker.Network(
    "network",
    {
      name: spec.name,
      driver: "bridge",
      // An engine that restarts fills in a gateway that was left out, and a refresh would replace the network for it.
      ipamConfigs: [{ subnet: spec.subnet, gateway: spec.gateway }],
      labels: labels(owner),
    },
    options,
  );
}
