import * as pulumi from "@pulumi/pulumi";
import type { Topology } from "../topology";

/** Says in preview and update which services can't be had here, and why; the rest goes on. */
export function sayAbsent({ absent }: Topology): void {
  for (const { name, why } of absent) void pulumi.log.warn(`${name} is left out: ${why}`);
}
