import type * as pulumi from "@pulumi/pulumi";
import type { LiveConfigFolder, Service } from "../topology";
import { secretHash } from "../topology/secret-hash";
import { configLabels, type ConfigParts, dashed } from "./configs";
import { LiveConfig, type LiveConfigArgs } from "./resources";
import { secretCalled, type Secrets } from "./secrets";

/**
 * The service's folders of configuration that its program follows, each a volume: a change is written into it as the program
 * runs, and the container stays.
 */
export function liveConfigVolumes(
  service: Service,
  parts: ConfigParts & { secrets: Secrets },
  options: pulumi.CustomResourceOptions,
): ReadonlyMap<string, pulumi.Output<string>> {
  return new Map(
    service.liveConfigs?.map(({ path, files }) => {
      const content = { files: texts(files, parts.secrets, service.name) };
      return [path, liveConfigVolume(service, path, content, parts, options)] as const;
    }),
  );
}

/** One such volume, by where it is mounted. Gives its name on the engine. */
export function liveConfigVolume(
  { name, containerName }: Service,
  path: string,
  content: Pick<LiveConfigArgs, "files" | "private">,
  { owner, imageId }: ConfigParts,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const folder = dashed(path);
  const place = { volumeName: `${containerName}-${folder}`, labels: configLabels(name, owner), imageId };
  return new LiveConfig(`${name}-${folder}`, { ...place, ...content }, options).volumeName;
}

function texts(files: LiveConfigFolder["files"], secrets: Secrets, service: string) {
  return Object.fromEntries(
    Object.entries(files).map(([file, content]) => {
      if (typeof content === "string") return [file, content];
      return [file, secretCalled(secrets, content.sha256Of, service).apply(secretHash)];
    }),
  ) as Record<string, pulumi.Input<string>>;
}
