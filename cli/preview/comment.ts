/** What GitHub takes as one comment; it counts characters, and a byte for each is on the safe side. */
export const commentLimit = 65_536;

/** By this the comment is found again, to be updated in place. It shows nowhere. */
export const previewMarker = "<!-- mcp-environments: preview -->";

/**
 * The comment on a pull request: the stacks' reports below each other, cut at a whole line where that is more than GitHub
 * takes, with a word on where the whole is.
 * @param reports the stacks' reports, those that fail first
 * @param whole where the whole can be read, for example the address of the workflow's run
 */
export function comment(reports: readonly string[], whole: string, limit = commentLimit): string {
  const body = reports.length > 0 ? reports.join("\n\n") : "This change touches no stack.";
  const text = `${previewMarker}\n# What this change does to the stacks\n\n${body}`;
  return cutAtLine(text, limit, `\n**Cut here: the whole is at ${whole}**\n`);
}

/** Text that fits, in whole lines: what a cut leaves open, a block of code or a fold, is closed before the note. */
export function cutAtLine(text: string, limit: number, note: string): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const kept: string[] = [];
  let size = 0;
  let open: Open = { fence: "", folds: 0 };
  for (const line of text.split("\n")) {
    const next = after(open, line);
    const grown = size + Buffer.byteLength(line) + 1;
    if (grown + Buffer.byteLength(closing(next) + note) > limit) break;
    kept.push(line);
    size = grown;
    open = next;
  }
  return `${kept.join("\n")}\n${closing(open)}${note}`;
}

interface Open {
  /** The backticks that began the block of code that is open; "" outside of one. */
  fence: string;
  /** How many folds are open. */
  folds: number;
}

function after({ fence, folds }: Open, line: string): Open {
  if (fence) return { fence: line === fence ? "" : fence, folds };
  const begun = /^(`{3,})/.exec(line)?.[1] ?? "";
  const change = line.startsWith("<details>") ? 1 : line === "</details>" ? -1 : 0;
  return { fence: begun, folds: folds + change };
}

function closing({ fence, folds }: Open): string {
  return `${fence ? `${fence}\n` : ""}${"</details>\n".repeat(folds)}`;
}
