import { createHash } from "node:crypto";

/** Some lines of a file that are found together. */
export interface Chunk {
  /** The first and the last line, from 1. */
  first: number;
  last: number;
  /** What the model reads: the file's path, which says much, and the lines. */
  text: string;
  /** Tells whether the model has read it before. */
  hash: string;
}

/** About what the model reads of code, in characters. */
const WANTED = 700;
/** From here on a line that begins a new part ends a chunk. */
const ENOUGH = 350;
/** Of longer lines the rest is data. */
const LONGEST_LINE = 400;

/**
 * Parts a file into chunks of whole lines: at blank lines before what is not indented, where there is one in reach, so that a
 * function or a paragraph stays in one piece.
 */
export function chunksOf(path: string, content: string, most: number): Chunk[] {
  const lines = content.split(/\r?\n/);
  const chunks: Chunk[] = [];
  let begin = 0;
  let length = 0;
  const end = (next: number) => {
    // What follows must not make another text of it.
    let last = next;
    while (last > begin && (lines[last - 1] ?? "").trim() === "") last -= 1;
    const part = lines.slice(begin, last).map((line) => line.slice(0, LONGEST_LINE));
    if (part.some((line) => /\w/.test(line))) {
      const text = `${path}\n${part.join("\n")}`;
      const hash = createHash("sha256").update(text).digest("base64url");
      chunks.push({ first: begin + 1, last, text, hash });
    }
    begin = next;
    length = 0;
  };
  for (let at = 0; at < lines.length && chunks.length < most; at += 1) {
    const line = lines[at] ?? "";
    const starts = at > 0 && (lines[at - 1] ?? "").trim() === "" && /^\S/.test(line);
    const more = Math.min(line.length, LONGEST_LINE) + 1;
    if (at > begin && (length + more > WANTED || (starts && length >= ENOUGH))) end(at);
    length += more;
  }
  if (begin < lines.length && chunks.length < most) end(lines.length);
  return chunks;
}
