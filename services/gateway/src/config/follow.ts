import { configurationFiles } from "./files";
import { loadSettings } from "./load";
import type { Settings } from "./schema";
import { watchFiles } from "../../../host/watch-files";

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
  let files = configurationFiles(environment);
  const read = (): Settings => {
    const named = configurationFiles(environment);
    try {
      return loadSettings(environment, (file) => named.push(file));
    } finally {
      files = named;
    }
  };
  const again = () => void reload(read);
  const stop = configWatchMs > 0 ? watchFiles(() => files, configWatchMs, again) : undefined;
  process.on("SIGHUP", again);
  // What changed since the process read it is taken over as well, and the files that it names are known then.
  again();
  return () => {
    process.off("SIGHUP", again);
    stop?.();
  };
}
