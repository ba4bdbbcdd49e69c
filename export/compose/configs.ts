import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { SecretHash, Service } from "../../topology";

/** Where the files of a folder of configuration are, from the project's folder. */
export function configSource(service: string, path: string): string {
  return `./${posix.join("configs", service, path)}`;
}

/** A service's files of configuration, by their paths from the project's folder. */
export function configFiles({ name, configs = [] }: Service): [path: string, text: string][] {
  return configs.flatMap(({ path, files }) =>
    Object.entries(files).map(([file, text]): [string, string] => [
      posix.join("configs", name, path, file),
      text,
    ]),
  );
}

/** The files that a service follows as it runs, likewise; `SecretHash` stands for what the export's own secret gives. */
export function liveConfigFiles({ name, liveConfigs = [] }: Service): [string, string | SecretHash][] {
  return liveConfigs.flatMap(({ path, files }) =>
    Object.entries(files).map(([file, content]): [string, string | SecretHash] => [
      posix.join("configs", name, path, "current", file),
      content,
    ]),
  );
}

/** What the files of a service are, by content. */
export function configHash(service: Service): string {
  return createHash("sha256")
    .update(JSON.stringify(configFiles(service).sort()))
    .digest("hex")
    .slice(0, 12);
}
