import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../topology";
import type { Owner } from "./labels";
import { ConfigVolume } from "./resources";

/** What volumes with configuration are made with. */
interface ConfigParts {
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
      const folder = path.replace(/^\//, "").replaceAll("/", "-");
      const labels = {
        "dev.mcp.stack": owner.stack,
        "dev.mcp.environment": owner.environment,
        "dev.mcp.service": name,
      };
      const args = { namePrefix: `${containerName}-${folder}`, files, labels, imageId };
      return [path, new ConfigVolume(`${name}-${folder}`, args, options).volumeName] as const;
    }),
  );
}
