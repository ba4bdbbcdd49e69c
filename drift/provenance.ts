import { isDeepStrictEqual } from "node:util";
import { outputOf } from "../cli/process";
import { parseSettings } from "../config/settings";
import type { Settings } from "../config/schema";
import type { Provenance } from "./finding";

/** The part of `pulumi stack history --json` that is read; the newest is first. */
export interface HistoryEntry {
  kind: string;
  result: string;
  endTime?: string;
  environment?: Record<string, string>;
  config?: Record<string, { value?: string; secret?: boolean }>;
}

/** A checkout's place among the commits. */
export interface Checkout {
  /** Undefined where it is no git checkout. */
  head: string | undefined;
  dirty: boolean;
  /** Whether HEAD has a commit behind it. */
  hasBehind(commit: string): Promise<boolean>;
}

/** How this checkout, with these settings, stands to the last update of a stack. */
export async function provenanceOf(
  history: readonly HistoryEntry[],
  stack: string,
  settings: Settings,
  checkout: Checkout,
): Promise<Provenance> {
  const last = history.find(({ kind, result }) => kind === "update" && result === "succeeded");
  const commit = last?.environment?.["git.head"];
  if (!last) return { relation: "unknown", update: undefined };
  const update = last.endTime ? { since: last.endTime, by: author(last) } : undefined;
  return {
    relation: commit ? await relation(last, commit, { stack, settings, checkout }) : "unknown",
    update,
  };
}

async function relation(
  last: HistoryEntry,
  commit: string,
  { stack, settings, checkout }: { stack: string; settings: Settings; checkout: Checkout },
): Promise<Provenance["relation"]> {
  const { head, dirty } = checkout;
  if (head === undefined) return "unknown";
  if (head !== commit) return (await checkout.hasBehind(commit)) ? "older" : "newer";
  const clean = !dirty && last.environment?.["git.dirty"] === "false";
  return clean && isDeepStrictEqual(settingsOf(last, stack), settings) ? "same" : "unknown";
}

/** The settings of an update, defaults filled in; secrets stand as they do when a file of settings is read. */
function settingsOf({ config = {} }: HistoryEntry, stack: string): Settings | undefined {
  const values = Object.fromEntries(
    Object.entries(config).map(([key, { value = "", secret }]) => [key, secret ? sealed : value]),
  );
  try {
    return parseSettings({ stack, values, isSecret: (key) => config[key]?.secret === true });
  } catch {
    return undefined; // of a program whose settings were others
  }
}

/** See cli/stack-file.ts. */
const sealed = "0".repeat(32);

function author({ environment = {} }: HistoryEntry): string {
  const { "git.head": commit, "git.author": name, "git.dirty": dirty } = environment;
  if (!commit) return "an update from outside of git";
  return `an update from commit ${commit.slice(0, 10)}${dirty === "true" ? " with changes" : ""}${name ? ` (its author: ${name})` : ""}`;
}

/** The checkout in a folder. */
export async function checkoutAt(folder: string): Promise<Checkout> {
  const git = (...args: string[]) => outputOf("git", ["-C", folder, ...args]);
  const [head, status] = await Promise.all([git("rev-parse", "HEAD"), git("status", "--porcelain")]);
  return {
    head: head?.trim(),
    dirty: status === undefined || status.trim() !== "",
    hasBehind: async (commit) => (await git("merge-base", "--is-ancestor", commit, "HEAD")) !== undefined,
  };
}
