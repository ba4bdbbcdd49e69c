import { homedir } from "node:os";
import { join } from "node:path";
import { cacheRoot } from "../loader/cache-root.cjs";

/** The project's folder. */
export const root = join(__dirname, "..");

/** What belongs to this checkout only, and never to git. */
export const localFolder = join(root, ".local");

/** What was built or downloaded, kept by content and shared by all checkouts of this user. */
export const cacheFolder = cacheRoot();

/** State and passphrase of the stacks of a user who has no Pulumi backend of their own. */
export const stateFolder =
  process.env.MCP_STATE ??
  join(process.env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "mcp-environments");
