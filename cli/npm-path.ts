import { delimiter, dirname, sep } from "node:path";
import { root } from "./paths";

/**
 * The PATH without what npm put before it for a script: programs of packages, of this folder and of all above it. Above a clone in
 * a folder of temporary files that is one where anybody may put programs, which would then go before the system's.
 * Source: npm's run-script, lib/set-path.js.
 */
export function pathWithoutNpm(environment: NodeJS.ProcessEnv = process.env, folder = root): string {
  const { PATH = "", npm_lifecycle_event: event } = environment;
  if (event === undefined) return PATH;
  const entries = PATH.split(delimiter);
  const first = entries.findIndex((entry) => !isNpms(entry, folder));
  return (first < 0 ? [] : entries.slice(first)).join(delimiter);
}

function isNpms(entry: string, folder: string): boolean {
  if (/[\\/]node-gyp-bin$/.test(entry)) return true;
  if (!/[\\/]node_modules[\\/]\.bin$/.test(entry)) return false;
  const owner = dirname(dirname(entry));
  return folder === owner || folder.startsWith(owner.endsWith(sep) ? owner : `${owner}${sep}`);
}
