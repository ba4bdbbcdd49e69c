import type { FoundContainer } from "../objects";
import { opened } from "./values";
import type { Properties } from "./deployment";

interface Label {
  label: string;
  value: string;
}

interface Volume {
  volumeName?: string;
  hostPath?: string;
  containerPath?: string;
}

/**
 * The properties in which a running container is not what the program wants, of those that the provider never reads back
 * from the engine. They are left out of the rebuilt state, so that the next preview tells the truth about them.
 */
export function differences(wanted: Properties, container: FoundContainer): string[] {
  const checks: [property: string, same: boolean][] = [
    ["envs", includesAll(container.Config.Env ?? [], texts(wanted.envs))],
    ["image", opened(wanted.image) === container.Image],
    ["labels", sameLabels(opened(wanted.labels) as Label[] | undefined, container)],
    ["volumes", sameVolumes(opened(wanted.volumes) as Volume[] | undefined, container)],
    [
      "tmpfs",
      sameKeys(opened(wanted.tmpfs) as Record<string, string> | undefined, container.HostConfig.Tmpfs),
    ],
  ];
  return checks.filter(([, same]) => !same).map(([property]) => property);
}

function sameLabels(labels: readonly Label[] = [], { Config }: FoundContainer): boolean {
  return labels.every(({ label, value }) => Config.Labels?.[label] === value);
}

function sameVolumes(volumes: readonly Volume[] = [], { Mounts }: FoundContainer): boolean {
  return volumes.every(({ volumeName, hostPath, containerPath }) =>
    Mounts.some(
      (mount) =>
        mount.Destination === containerPath &&
        (volumeName ? mount.Name === volumeName : mount.Source === hostPath),
    ),
  );
}

function sameKeys(
  wanted: Record<string, string> = {},
  found: Record<string, string> | null | undefined,
): boolean {
  const paths = Object.keys(found ?? {});
  return paths.length === Object.keys(wanted).length && includesAll(paths, Object.keys(wanted));
}

function includesAll(found: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((entry) => found.includes(entry));
}

function texts(value: unknown): string[] {
  const list = opened(value);
  return Array.isArray(list) ? list.map((entry) => String(opened(entry))) : [];
}
