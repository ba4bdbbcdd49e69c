import type { Logger } from "../../../host/log";
import type { Configuration, Outcome, Prepare } from "./configuration";
import type { Settings } from "./schema";

/**
 * Takes other settings over without losing a request, or refuses them whole; the log says which, and why.
 * @param read gives them; what it throws is a refusal.
 */
export type Reload = (read: () => Settings) => Promise<Outcome>;

/** The way to other settings for what `prepare` makes ready. */
export function reloading(configuration: Configuration, prepare: Prepare, log: Logger): Reload {
  return async (read) => {
    const outcome = await configuration.reload(read, prepare);
    const { sequence, hash } = configuration.version;
    if (outcome === "refused") {
      const error = configuration.refusal?.message;
      log.error("configuration refused", { error, inForce: { sequence, hash } });
    } else {
      log.info(`configuration ${outcome}`, { sequence, hash });
    }
    return outcome;
  };
}
