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
 * Of the changed paths those that somebody made: without those that the engine made to mount something there, its own
 * process 1 among them, and without those that only hold another of the paths.
 */
export function ownChanges(
  paths: readonly string[],
  { Mounts, HostConfig }: Pick<ObservedContainer, "Mounts" | "HostConfig">,
): string[] {
  const mounted = [
    ...Mounts.map(({ Destination }) => Destination),
    ...Object.keys(HostConfig.Tmpfs ?? {}),
    ...(HostConfig.Init ? [engineInit] : []),
  ].map(resolved);
  const changed = paths.map(resolved);
  const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  return changed
    .filter((path) => !mounted.some((mount) => within(path, mount) || within(mount, path)))
    .filter((path) => !changed.some((other) => other !== path && within(other, path)));
}

/** Where the engine mounts its own process 1, which collects orphans. */
const engineInit = "/sbin/docker-init";

/** A path without the links that distributions have at the top: the engine names what a link leads to. */
function resolved(path: string): string {
  return path
    .replace(/^\/var\/(run|lock)(?=\/|$)/, "/run")
    .replace(/^\/(bin|sbin|lib|lib64)(?=\/|$)/, "/usr/$1");
}
