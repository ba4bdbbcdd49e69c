import { AccessError } from "./confined/errors";

/** A text that takes another's place. */
export interface Edit {
  oldText: string;
  newText: string;
}

/**
 * Applies edits one after the other. The file's line ends are kept: `\n` in an edit stands for them.
 * @throws AccessError where a text is not there, or there several times.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const windows = text.includes("\r\n");
  const native = (part: string) => (windows ? part.replace(/\r?\n/g, "\r\n") : part);
  return edits.reduce((current, edit, index) => {
    const oldText = native(edit.oldText);
    const begin = current.indexOf(oldText);
    if (begin === -1) throw new AccessError(`Edit ${index + 1}: its oldText is not in the file`);
    if (current.includes(oldText, begin + 1)) {
      throw new AccessError(
        `Edit ${index + 1}: its oldText is in the file several times; take in more lines around it`,
      );
    }
    return current.slice(0, begin) + native(edit.newText) + current.slice(begin + oldText.length);
  }, text);
}
