import { docker, DockerError } from "../engine/docker";

/** Labels as `docker volume create` takes them. */
export function volumeLabels(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
}

/** Removes a volume; one that is gone is no error, and one that a container uses stays. */
export async function removeVolume(name: string, log: (line: string) => void): Promise<void> {
  try {
    await docker(["volume", "rm", name]);
  } catch (error) {
    if (!(error instanceof DockerError) || !/no such volume|volume is in use/i.test(error.stderr))
      throw error;
    // Files that were changed and changed back are the same volume again, and the container has it.
    if (/in use/i.test(error.stderr)) log(`${name} stays, as a container uses it`);
  }
}
