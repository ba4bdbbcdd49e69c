/** The texts of an array's elements, null for NULL; each further dimension is a list of its own. */
export type Texts = (string | null | Texts)[];

/**
 * Reads an array as PostgreSQL writes it: `{a,"b,c",NULL}`, or `[2:3]={x,y}` where it is not counted from one.
 * @param delimiter what stands between elements: that of their type, a comma of nearly all.
 */
export function parseArray(text: string, delimiter = ","): Texts {
  const outermost: Texts = [];
  const open = [outermost];
  let at = text.indexOf("{");
  let item = "";
  let quoted = false;
  let begun = false;
  const finish = () => {
    if (begun) open.at(-1)?.push(!quoted && item === "NULL" ? null : item);
    [item, quoted, begun] = ["", false, false];
  };
  for (at += 1; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === "{") {
      const inner: Texts = [];
      open.at(-1)?.push(inner);
      open.push(inner);
    } else if (character === "}") {
      finish();
      open.pop();
    } else if (character === delimiter) {
      finish();
    } else if (character === '"') {
      [quoted, begun] = [true, true];
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
        if (text[at] === "\\") at += 1;
        item += text[at];
      }
    } else {
      begun = true;
      item += character;
    }
  }
  return outermost;
}
