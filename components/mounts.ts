import { join } from "node:path";
import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { BindMount, ProjectFolder, Service } from "../topology";
import type { Host } from "./host";

/** The volumes a container is handed, by the names that the topology has for them. */
export interface MountParts {
  volumes: ReadonlyMap<string, pulumi.Input<string>>;
  /** Volumes with the service's configuration, by the folder each is mounted at. */
  configs: ReadonlyMap<string, pulumi.Input<string>>;
  liveConfigs: ReadonlyMap<string, pulumi.Input<string>>;
  host: Host;
}

type ContainerVolume = docker.types.input.ContainerVolume;

/** What the provider calls volumes: the stack's own, those with configuration, and folders of the host. */
export function containerVolumes(
  service: Service,
  { volumes, configs, liveConfigs, host }: MountParts,
): ContainerVolume[] {
  return [
    ...service.volumes.map(({ volume, path, readOnly }) => ({
      volumeName: volumes.get(volume) ?? volume,
      containerPath: path,
      ...(readOnly ? { readOnly } : {}),
    })),
    ...[...configs, ...liveConfigs].map(([containerPath, volumeName]) => ({
      volumeName,
      containerPath,
      readOnly: true,
    })),
    ...(service.binds ?? [])
      .filter(({ follow }) => !follow)
      .map(({ source, path, readOnly }) => ({
        hostPath: hostPath(source, host),
        containerPath: path,
        readOnly,
      })),
  ];
}

/** Folders of the host whose later mounts are seen inside as well, which the provider's volumes can't say. */
export function followingMounts({ binds = [] }: Service, host: Host): docker.types.input.ContainerMount[] {
  return binds
    .filter(({ follow }) => follow)
    .map(({ source, path, readOnly }) => ({
      type: "bind",
      source: hostPath(source, host),
      target: path,
      readOnly,
      ...(host.sharesMounts ? { bindOptions: { propagation: "rslave" } } : {}),
    }));
}

/** The path on the host that a topology's source stands for. */
export function hostPath(source: BindMount["source"] | ProjectFolder, { projectFolder }: Host): string {
  return typeof source === "string" ? source : join(projectFolder, source.project);
}
