import { isUtf8 } from "node:buffer";
import { AccessError } from "./confined/errors";
import { assertWellFormed } from "./text";

/** A text that takes another's place. */
export interface Edit {
  oldText: string;
  newText: string;
}

/**
 * Applies edits one after the other to a file's bytes: none changes that no edit names, whatever the file's encoding.
 * The file's line ends are kept: `\n` in an edit stands for them, and `\r\n` for itself.
 * @throws AccessError where a text is not there, or there several times, or where an edit could tear a character apart.
 */
export function applyEdits(content: Buffer, edits: readonly Edit[]): Buffer {
  const unknown = !isUtf8(content);
  if (unknown && content.includes(0)) {
    throw new AccessError(
      "The file is neither UTF-8 nor of another encoding that an edit keeps whole (UTF-16?)",
    );
  }
  // One character for each byte, so that texts are found and replaced as bytes.
  const edited = edits.reduce((file, edit, index) => {
    const name = `Edit ${index + 1}`;
    const [oldText, newText] = (["oldText", "newText"] as const).map((key) => {
      assertWellFormed(edit[key], `${name}: its ${key}`);
      if (unknown && Buffer.byteLength(edit[key]) !== edit[key].length) {
        throw new AccessError(
          `${name}: the file is not UTF-8, and nothing says how its ${key} would be written there; ` +
            "give ASCII characters alone, or write the file anew",
        );
      }
      return Buffer.from(edit[key]).toString("latin1");
    }) as [string, string];
    const { begin, end } = find(file, oldText, name);
    if (unknown && begin > 0 && file.charCodeAt(begin - 1) > 0x7f) {
      throw new AccessError(
        `${name}: the file is not UTF-8, and its oldText may begin in the middle of a character; begin it elsewhere`,
      );
    }
    return replace(file, { begin, end }, oldText, newText);
  }, content.toString("latin1"));
  return Buffer.from(edited, "latin1");
}

interface Range {
  begin: number;
  end: number;
}

/** Where a text is in a file, with `\n` for the file's line ends. */
function find(file: string, text: string, name: string): Range {
  const anyLineEnd = text.includes("\n") && !text.includes("\r") && file.includes("\r\n");
  const searched = anyLineEnd ? file.replaceAll("\r\n", "\n") : file;
  const begin = searched.indexOf(text);
  if (begin === -1) throw new AccessError(`${name}: its oldText is not in the file`);
  if (searched.includes(text, begin + 1)) {
    throw new AccessError(`${name}: its oldText is in the file several times; take in more lines around it`);
  }
  const range = { begin, end: begin + text.length };
  return anyLineEnd ? inFile(file, range) : range;
}

/** A range of the text without carriage returns as one of the file. */
function inFile(file: string, { begin, end }: Range): Range {
  const range = { begin, end };
  let removed = 0;
  for (let at = file.indexOf("\r\n"); at !== -1 && at - removed < end; at = file.indexOf("\r\n", at + 2)) {
    if (at - removed < begin) range.begin += 1;
    range.end += 1;
    removed += 1;
  }
  return range;
}

/** Replaces what is in a range; what both texts begin and end with stays as it is in the file, line ends and all. */
function replace(file: string, { begin, end }: Range, oldText: string, newText: string): string {
  const literal = oldText.includes("\r") || newText.includes("\r") || !file.includes("\r\n");
  if (literal) return file.slice(0, begin) + newText + file.slice(end);
  const before = sharedBegin(oldText, newText);
  const after = sharedEnd(oldText.slice(before), newText.slice(before));
  const kept = inFile(file.slice(begin, end), { begin: before, end: oldText.length - after });
  const [from, to] = [begin + kept.begin, begin + kept.end];
  const ends: readonly string[] = file.slice(from, to).match(/\r?\n/g) ?? [];
  const otherwise = ends.at(-1) ?? nearestEnd(file, from, to);
  let line = 0;
  const middle = newText
    .slice(before, newText.length - after)
    .replace(/\n/g, () => ends[line++] ?? otherwise);
  return file.slice(0, from) + middle + file.slice(to);
}

function sharedBegin(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function sharedEnd(one: string, other: string): number {
  let length = 0;
  while (length < Math.min(one.length, other.length) && one.at(-1 - length) === other.at(-1 - length))
    length += 1;
  return length;
}

/** The line end after a place, or before it where none comes after. */
function nearestEnd(file: string, from: number, to: number): string {
  const after = file.indexOf("\n", to);
  const at = after === -1 ? file.lastIndexOf("\n", from - 1) : after;
  return at > 0 && file[at - 1] === "\r" ? "\r\n" : "\n";
}
