import { type Evidence, finding, type Finding } from "../finding";
import { containerOf } from "../observe";
import type { ObservedContainer } from "../observed";

/** Files that differ from the image in containers whose root file system nothing may write to. */
export function files(evidence: Evidence): Finding[] {
  const { expected, observed, line } = evidence;
  return expected.services.flatMap((service) => {
    const container = containerOf(service, observed.containers);
    const changed = container ? ownChanges(observed.changedFiles.get(container.Id) ?? [], container) : [];
    return changed.map((path) =>
      finding(
        evidence,
        {
          kind: "file",
          object: service.containerName,
          service: service.name,
          what: path,
          expected: "as in its image",
          found: "changed, added or removed",
        },
        { command: line("rebuild", [service.name, "--force"]) },
      ),
    );
  });
}

/**
 * Of the changed paths those that somebody made: without the folders that the engine made to mount something there, and
 * without those that only hold another of the paths.
 */
export function ownChanges(
  paths: readonly string[],
  { Mounts, HostConfig }: Pick<ObservedContainer, "Mounts" | "HostConfig">,
): string[] {
  const mounted = [...Mounts.map(({ Destination }) => Destination), ...Object.keys(HostConfig.Tmpfs ?? {})];
  const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  return paths
    .filter((path) => !mounted.some((mount) => within(path, mount) || within(mount, path)))
    .filter((path) => !paths.some((other) => other !== path && within(other, path)));
}
