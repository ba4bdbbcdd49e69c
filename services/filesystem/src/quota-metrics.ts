import { Gauge, type Registry } from "prom-client";
import type { Root } from "./confined/root";
import type { Quota } from "./quota";

/** What is used of each writable root's quota and what it allows, as of the last time that it was measured. */
export function registerQuotaMetrics(registry: Registry, quotas: ReadonlyMap<Root, Quota>): void {
  const gauge = (name: string, help: string, value: (quota: Quota) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["root"],
      registers: [registry],
      collect() {
        for (const [{ path }, quota] of quotas) this.set({ root: path }, value(quota));
      },
    });
  gauge("filesystem_used_bytes", "Bytes of the files below a writable root.", ({ usage }) => usage.bytes);
  gauge("filesystem_used_files", "Files and folders below a writable root.", ({ usage }) => usage.files);
  gauge("filesystem_quota_bytes", "Bytes that may be below a writable root.", ({ allowed }) => allowed.bytes);
  gauge(
    "filesystem_quota_files",
    "Files and folders that may be below a writable root.",
    ({ allowed }) => allowed.files,
  );
}
