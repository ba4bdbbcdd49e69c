import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../topology";
import type { Owner } from "./labels";
import { ConfigVolume } from "./resources";

/** What volumes with configuration are made with. */
export interface ConfigParts {
  owner: Owner;
  /** The service's own image: filling a volume takes a container, and this image is in the engine anyway. */
  imageId: pulumi.Input<string>;
}

/**
 * The service's folders of configuration, each a volume whose name tells its content: new content is a new volume, and
 * with it a new container that reads it; a remote engine is served as well as one on this machine.
 */
export function configVolumes(
  { name, containerName, configs = [] }: Service,
  { owner, imageId }: ConfigParts,
  options: pulumi.CustomResourceOptions,
): ReadonlyMap<string, pulumi.Output<string>> {
  return new Map(
    configs.map(({ path, files }) => {
      const folder = dashed(path);
      const args = {
        namePrefix: `${containerName}-${folder}`,
        files,
        labels: configLabels(name, owner),
        imageId,
      };
      return [path, new ConfigVolume(`${name}-${folder}`, args, options).volumeName] as const;
    }),
  );
}

/** What a volume with a service's configuration is labelled with. */
export function configLabels(service: string, { stack, environment }: Owner) {
  return {
    "dev.mcp.stack": stack,
    "dev.mcp.environment": environment,
    "dev.mcp.service": service,
  };
}

/** A path as a part of a name. */
export function dashed(path: string): string {
  return path.replace(/^\//, "").replaceAll("/", "-");
}
