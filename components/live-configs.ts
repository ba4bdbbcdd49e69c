import type * as pulumi from "@pulumi/pulumi";
import type { LiveConfigFolder, Service } from "../topology";
import { secretHash } from "../topology/secret-hash";
import { configLabels, type ConfigParts, dashed } from "./configs";
import { LiveConfig } from "./resources";
import { secretCalled, type Secrets } from "./secrets";

/**
 * The service's folders of configuration that its program follows, each a volume: a change is written into it as the program
 * runs, and the container stays.
 */
export function liveConfigVolumes(
  { name, containerName, liveConfigs = [] }: Service,
  { owner, imageId, secrets }: ConfigParts & { secrets: Secrets },
  options: pulumi.CustomResourceOptions,
): ReadonlyMap<string, pulumi.Output<string>> {
  return new Map(
    liveConfigs.map(({ path, files }) => {
      const args = {
        volumeName: `${containerName}-${dashed(path)}`,
        files: texts(files, secrets, name),
        labels: configLabels(name, owner),
        imageId,
      };
      return [path, new LiveConfig(`${name}-${dashed(path)}`, args, options).volumeName] as const;
    }),
  );
}

function texts(files: LiveConfigFolder["files"], secrets: Secrets, service: string) {
  return Object.fromEntries(
    Object.entries(files).map(([file, content]) => {
      if (typeof content === "string") return [file, content];
      return [file, secretCalled(secrets, content.sha256Of, service).apply(secretHash)];
    }),
  ) as Record<string, pulumi.Input<string>>;
}
