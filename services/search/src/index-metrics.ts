import type { Registry } from "prom-client";
import { counterOf, gaugeOf } from "../../host/readings";
import type { SemanticIndex } from "./semantic/indexer";

/** How far the index is, and what the model has read. */
export function registerIndexMetrics(registry: Registry, index: SemanticIndex): void {
  gaugeOf(registry, {
    name: "search_index_files",
    help: "Files that are to be in the index.",
    value: () => index.status.files,
  });
  gaugeOf(registry, {
    name: "search_index_indexed_files",
    help: "Files that are in the index as they are.",
    value: () => index.status.indexed,
  });
  gaugeOf(registry, {
    name: "search_index_chunks",
    help: "Parts of files in the index.",
    value: () => index.status.chunks,
  });
  counterOf(registry, {
    name: "search_index_embedded_total",
    help: "Parts of files that the model has read.",
    value: () => index.status.embedded,
  });
}
