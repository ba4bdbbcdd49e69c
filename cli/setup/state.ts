import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { root, stateFolder } from "../paths";
import { outputOf, run } from "../process";
import type { Found, Step } from "./step";

const passphraseFile = join(stateFolder, "passphrase");
const saltFilter = "filter.pulumi-local-salt.clean";

/** Whether the user has a Pulumi backend: by environment, or logged in. Theirs is always honoured. */
function hasOwnBackend(): boolean {
  if (process.env.PULUMI_BACKEND_URL || process.env.PULUMI_ACCESS_TOKEN) return true;
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const credentials = join(home, "credentials.json");
  if (!existsSync(credentials)) return false;
  const { current } = JSON.parse(readFileSync(credentials, "utf8")) as { current?: string };
  return Boolean(current);
}

/** The variables that lead Pulumi to the state; nothing where the user's own do. */
export function stateEnvironment(): Record<string, string> {
  if (hasOwnBackend()) return {};
  const passphrase = process.env.PULUMI_CONFIG_PASSPHRASE ?? process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  return {
    PULUMI_BACKEND_URL: `file://${stateFolder}`,
    // Another checkout finds the stack's salt in the state, as it is not in git.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    ...(passphrase === undefined ? { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile } : {}),
  };
}

/** A state of the user's own: a folder and a passphrase, made once, readable by nobody else. */
export const stateStep: Step = {
  name: "State",
  async check(): Promise<Found> {
    if (hasOwnBackend()) return { there: "your own Pulumi backend" };
    if (existsSync(passphraseFile) && !(await needsSaltFilter())) return { there: stateFolder };
    const filter = "a git filter in this clone that keeps the stacks' encryption salt out of commits";
    return {
      will: existsSync(passphraseFile)
        ? `Set ${filter}`
        : `Make a folder for the stacks' state and its passphrase, ${stateFolder}, and set ${filter}`,
      takes: "at once",
      apply: async () => {
        await mkdir(stateFolder, { recursive: true, mode: 0o700 });
        if (!existsSync(passphraseFile)) {
          const passphrase = randomBytes(32).toString("base64url");
          await writeFile(passphraseFile, passphrase, { mode: 0o600, flag: "wx" });
        }
        if (await needsSaltFilter()) {
          await run("git", ["config", saltFilter, "sed -e '/^encryptionsalt:/d'"], { cwd: root });
        }
      },
    };
  },
};

/** Pulumi writes each stack's salt into its settings file, which would leave every user's checkout changed. */
async function needsSaltFilter(): Promise<boolean> {
  const inGit = await outputOf("git", ["-C", root, "rev-parse", "--git-dir"]);
  if (inGit === undefined || (await outputOf("git", ["-C", root, "config", saltFilter]))) return false;
  const committed = await outputOf("git", [
    "-C",
    root,
    "grep",
    "-l",
    "^encryptionsalt:",
    "--",
    "Pulumi.*.yaml",
  ]);
  return committed === undefined;
}

/**
 * Lets git know that a settings file, which now holds the salt, is for it as it was: it compares sizes before it asks the
 * filter. Where anything else in the file differs, it is left alone.
 */
export async function settleSalt(stack: string): Promise<void> {
  const file = `Pulumi.${stack}.yaml`;
  const unchanged =
    (await outputOf("git", ["-C", root, "diff", "--quiet", "HEAD", "--", file])) !== undefined;
  if (unchanged) await outputOf("git", ["-C", root, "add", "--update", "--", file]);
}
