import { EnvironmentError } from "../../../host/environment";
import { describeError, type Logger } from "../../../host/log";
import type { Roots } from "../../../filesystem/src/confined/roots";
import type { RipgrepSettings, SemanticSettings } from "../settings";
import { SemanticIndex } from "./indexer";
import { loadModel } from "./model";
import { VectorStore } from "./store";

/**
 * Opens the index of some folders.
 * @throws EnvironmentError where the model or the index's folder can't be used.
 */
export async function openIndex(
  roots: Roots,
  settings: SemanticSettings,
  ripgrep: RipgrepSettings,
  log: Logger,
): Promise<SemanticIndex> {
  const unusable = (name: string, what: string) => (error: unknown) => {
    throw new EnvironmentError([`${name}: ${what}: ${describeError(error).error}`]);
  };
  const model = await loadModel(settings.model, settings.threads).catch(
    unusable("SEARCH_MODEL", "no model can be loaded from there"),
  );
  const store = await Promise.resolve()
    .then(() => new VectorStore(settings.folder))
    .catch(unusable("SEARCH_INDEX", "no index can be kept there"));
  return new SemanticIndex(roots, model, store, settings, ripgrep, log);
}
