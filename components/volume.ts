import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { VolumeSpec } from "../topology";
import { labels, type Owner } from "./labels";

/**
 * A volume of the stack. Data outlives mistakes: it stays when the stack is destroyed, and a change of its labels or driver
 * options, which the Docker provider answers by replacing it, is not taken up. A stack that is put up again finds it. A
 * cache goes with its stack.
 */
export function stackVolume(
  spec: VolumeSpec,
  owner: Owner,
  options: pulumi.CustomResourceOptions,
): docker.Volume {
  return new docker.Volume(
    spec.name,
    {
      name: spec.volumeName,
      labels: labels(owner, { "dev.mcp.volume": spec.name, "dev.mcp.volume-kind": spec.kind }),
    },
    { ...options, retainOnDelete: spec.kind === "data", ignoreChanges: ["labels", "driverOpts"] },
  );
}
