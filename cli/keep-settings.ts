import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import type { StackArguments } from "./arguments";
import { root } from "./paths";
import { backendFolder } from "./repair/folder-backend";

/** What Pulumi itself keeps in a settings file: how the stack's secrets are encrypted. */
const ownKeys = ["encryptionsalt", "encryptedkey", "secretsprovider"];
const ownLines = new RegExp(`^(?:${ownKeys.join("|")}):.*(?:\n|$)`, "gm");

/**
 * Runs Pulumi, and lets it change nothing of the stack's settings file but its own lines. It writes the whole file anew where
 * it has a salt to keep: without blank lines, and in a style of its own.
 * @param work may take long: what the state knows of the salt is written beforehand, so that nothing is left to write.
 */
export async function keepingSettings<T>(stack: StackArguments, work: () => Promise<T>): Promise<T> {
  const file = stack.configFile ?? join(root, `Pulumi.${stack.stack}.yaml`);
  if (!existsSync(file)) return work();
  bringSalt(stack, file);
  const before = readFileSync(file, "utf8");
  try {
    return await work();
  } finally {
    restore(file, before);
  }
}

function restore(file: string, before: string): void {
  if (!existsSync(file)) return;
  const after = readFileSync(file, "utf8");
  const kept = laidOutAs(before, after);
  if (kept !== undefined && kept !== after) writeFileSync(file, kept);
}

/**
 * A settings file as Pulumi wrote it, in the layout that it had; undefined where more than the layout and Pulumi's own lines
 * differ: then it was somebody else who changed it.
 */
export function laidOutAs(before: string, after: string): string | undefined {
  const old = contentOf(before);
  const now = contentOf(after);
  if (!old || !now || !isDeepStrictEqual(old.settings, now.settings)) return undefined;
  if (isDeepStrictEqual(old.own, now.own)) return before;
  const kept = withLines(before.replaceAll(ownLines, ""), after.match(ownLines) ?? []);
  return isDeepStrictEqual(contentOf(kept), now) ? kept : undefined;
}

function withLines(text: string, lines: readonly string[]): string {
  const begun = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return begun + lines.join("");
}

/** The settings of a file and Pulumi's own lines in it; undefined where it is no YAML. */
function contentOf(text: string): { settings: unknown; own: unknown } | undefined {
  try {
    const all = Object.entries((parse(text) ?? {}) as Record<string, unknown>);
    const isOwn = ([key]: [string, unknown]) => ownKeys.includes(key);
    return {
      settings: asTexts(Object.fromEntries(all.filter((entry) => !isOwn(entry)))),
      own: Object.fromEntries(all.filter(isOwn)),
    };
  } catch {
    return undefined;
  }
}

/** Values as Pulumi keeps them: scalars are text to it, and what is empty is left out. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== "object" || value === null) return scalarText(value);
  const entries = Object.entries(value).map(([key, inner]) => [key, asTexts(inner)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== "" && !isDeepStrictEqual(inner, {})));
}

function scalarText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "").replace(/^""$/, "");
}

/**
 * Where a checkout has not written down the salt yet and Pulumi would take it from the state, it is written down as it is there.
 * Pulumi does so with the project's own folder of states, whose file tells it without a process of Pulumi's.
 */
function bringSalt({ stack }: StackArguments, file: string): void {
  const folder = backendFolder();
  if (process.env.PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER !== "true" || !folder) return;
  const text = readFileSync(file, "utf8");
  if (text.match(ownLines)) return;
  const salt = saltIn(join(folder, "stacks", "mcp", `${stack}.json`));
  if (!salt) return;
  const salted = withLines(text, [`encryptionsalt: ${salt}\n`]);
  if (laidOutAs(text, salted) === salted) writeFileSync(file, salted);
}

/** The salt that a state's file has; undefined where it has none, or can't be read: Pulumi says what is wrong with it. */
function saltIn(file: string): string | undefined {
  try {
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint?: { latest?: { secrets_providers?: { type?: string; state?: { salt?: string } } } };
    };
    const { type, state } = checkpoint?.latest?.secrets_providers ?? {};
    return type === "passphrase" ? state?.salt : undefined;
  } catch {
    return undefined;
  }
}
