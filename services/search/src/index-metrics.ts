import { Counter, Gauge, type Registry } from "prom-client";
import type { SemanticIndex } from "./semantic/indexer";

/** How far the index is, and what the model has read. */
export function registerIndexMetrics(registry: Registry, index: SemanticIndex): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge("search_index_files", "Files that are to be in the index.", () => index.status.files);
  gauge("search_index_indexed_files", "Files that are in the index as they are.", () => index.status.indexed);
  gauge("search_index_chunks", "Parts of files in the index.", () => index.status.chunks);
  new Counter({
    name: "search_index_embedded_total",
    help: "Parts of files that the model has read.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(index.status.embedded);
    },
  });
}
