import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { AccessError } from "../../filesystem/src/confined/errors";
import type { RipgrepSettings } from "./settings";

/** What is looked for. */
export interface Query {
  pattern: string;
  /** The pattern is text, no regular expression. */
  literal: boolean;
  caseSensitive: boolean;
  wholeWords: boolean;
  /** The pattern may span lines. */
  multiline: boolean;
  /** Only files that match one of these; with `!` before it, none that does. */
  globs: string[];
  /** Lines before and after each match. */
  context: number;
  /** Hidden files, and those that ignore files name, are searched as well. */
  everything: boolean;
  limit: number;
}

/** A line that matches, or that is near one that does. */
export interface Line {
  /** From the folder that was searched. */
  path: string;
  line: number;
  text: string;
  match: boolean;
}

/** What was found. */
export interface Found {
  lines: Line[];
  matches: number;
  /** Why there may be more. */
  cut?: "limit" | "size" | "time";
}

/** Longer lines are cut: they are data or minified, and would leave no room for others. */
const LONGEST_LINE = 1000;

interface Message {
  type: string;
  data: { path?: Text; lines?: Text; line_number?: number };
}
type Text = { text: string } | { bytes: string };

/**
 * Runs ripgrep in a folder. Its regular expressions take time that grows with the text alone; links are not followed.
 * @param folder path of the folder, which may be that of a descriptor: it is resolved before ripgrep starts.
 * @throws AccessError where ripgrep refuses the pattern or a glob, in its words.
 */
export async function ripgrep(
  folder: string,
  query: Query,
  settings: RipgrepSettings,
  signal: AbortSignal,
): Promise<Found> {
  const child = spawn(settings.program, argumentsOf(query, settings), {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const found: Found = { lines: [], matches: 0 };
  const stop = (cut: Found["cut"]) => {
    found.cut ??= cut;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => stop("time"), settings.milliseconds);
  const abort = () => child.kill("SIGKILL");
  signal.addEventListener("abort", abort);
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, 2000)));
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  try {
    const collecting = collect(
      createInterface({ input: child.stdout, crlfDelay: Infinity }),
      found,
      query,
      settings,
      stop,
    );
    const [code] = await Promise.all([ended, collecting]);
    if (signal.aborted) throw new AccessError("The search was cancelled");
    // 2 is also for files that can't be read; what was found elsewhere is worth more than the complaint.
    if (
      code === 2 &&
      found.matches === 0 &&
      /^(rg: )?(regex parse error|error parsing|.*glob|.*compiled regex)/m.test(complaint)
    ) {
      throw new AccessError(complaint.trim());
    }
    found.lines.sort((one, other) => compare(one.path, other.path) || one.line - other.line);
    return found;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** The files of a folder that a search without further wishes looks at, by their paths below it. */
export async function listFiles(
  folder: string,
  settings: RipgrepSettings,
  signal: AbortSignal,
): Promise<string[]> {
  const child = spawn(settings.program, [...scope(settings), "--files", "--null", "."], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
    stdio: ["ignore", "pipe", "ignore"],
    signal,
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  // 1 is for no files at all, 2 for some that can't be read.
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code === null) throw new Error("ripgrep was ended");
  const paths = Buffer.concat(chunks).toString().split("\0");
  // A name that is no Unicode can't be asked for by a client.
  return paths
    .map((path) => path.replace(/^\.\//, ""))
    .filter((path) => path !== "" && !path.includes("\uFFFD"));
}

/** Which files are searched. */
function scope({ threads, fileKilobytes }: RipgrepSettings): string[] {
  return [
    ...["--no-config", "--no-follow", "--no-messages", "--no-ignore-parent", "--no-ignore-global"],
    ...["--one-file-system", "--no-require-git", `--threads=${threads}`, `--max-filesize=${fileKilobytes}K`],
  ];
}

function argumentsOf(query: Query, settings: RipgrepSettings): string[] {
  const { literal, caseSensitive, wholeWords, multiline, globs, context, everything, pattern } = query;
  return [
    "--json",
    ...scope(settings),
    ...["--regex-size-limit=10M", "--dfa-size-limit=64M", `--context=${context}`],
    caseSensitive ? "--case-sensitive" : "--ignore-case",
    ...(literal ? ["--fixed-strings"] : []),
    ...(wholeWords ? ["--word-regexp"] : []),
    ...(multiline ? ["--multiline"] : []),
    ...(everything ? ["--hidden", "--no-ignore"] : []),
    ...globs.map((glob) => `--glob=${glob}`),
    // Written in this way, no pattern is taken for an option.
    `--regexp=${pattern}`,
    "--",
    ".",
  ];
}

async function collect(
  lines: AsyncIterable<string>,
  found: Found,
  { limit }: Query,
  settings: RipgrepSettings,
  stop: (cut: Found["cut"]) => void,
): Promise<void> {
  const most = Math.min(limit, settings.matches);
  let left = settings.bytes;
  for await (const json of lines) {
    if (found.cut === "limit" || found.cut === "size") continue;
    let message: Message;
    try {
      message = JSON.parse(json) as Message;
    } catch {
      continue; // cut off in the middle, as its program was ended
    }
    if (message.type !== "match" && message.type !== "context") continue;
    const match = message.type === "match";
    if (match && found.matches >= most) {
      stop("limit");
      continue;
    }
    const text = decode(message.data.lines).replace(/\r?\n$/, "");
    const path = decode(message.data.path).replace(/^\.\//, "");
    const shown = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
    left -= shown.length + path.length;
    if (left < 0) {
      stop("size");
      continue;
    }
    if (match) found.matches += 1;
    found.lines.push({ path, line: message.data.line_number ?? 0, text: shown, match });
  }
}

/** Text that is no UTF-8 comes as bytes. */
function decode(text: Text | undefined): string {
  if (!text) return "";
  return "text" in text ? text.text : Buffer.from(text.bytes, "base64").toString("utf8");
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
