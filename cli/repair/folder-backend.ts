import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where a backend that is a folder of this machine keeps its files; undefined for another one.
 * @param url default: PULUMI_BACKEND_URL
 */
export function backendFolder(url = process.env.PULUMI_BACKEND_URL): string | undefined {
  return url?.startsWith("file://") ? join(fileURLToPath(url), ".pulumi") : undefined;
}
