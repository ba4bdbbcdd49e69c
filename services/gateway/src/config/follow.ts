import { configurationFiles } from "./files";
import { loadSettings } from "./load";
import type { Settings } from "./schema";
import { watchFiles } from "./watch";

/**
 * Has the configuration read again whenever one of its files changes, and at the signal SIGHUP.
 * @param environment names the files.
 * @param reload takes what is read, or refuses it.
 * @returns stops it.
 */
export function followConfiguration(
  environment: NodeJS.ProcessEnv,
  { configWatchMs }: Pick<Settings, "configWatchMs">,
  reload: (read: () => Settings) => Promise<unknown>,
): () => void {
  const again = () => void reload(() => loadSettings(environment));
  process.on("SIGHUP", again);
  const stop =
    configWatchMs > 0 ? watchFiles(() => configurationFiles(environment), configWatchMs, again) : undefined;
  return () => {
    process.off("SIGHUP", again);
    stop?.();
  };
}
