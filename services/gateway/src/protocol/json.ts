/**
 * JSON whose numbers come out as they went in. JavaScript's numbers have some 16 digits: an id of 1234567890123456789 would become
 * another row's. Such a number is kept as a text that begins with a mark, and is a number again when it is written.
 */
const mark = "\uE000number:";

/** So many digits in a row, with the point among them, may be more than a number of JavaScript holds. */
const mostDigits = 16;

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

const marked = new RegExp(`"${mark}(-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)"`, "g");

/** What a text of JSON says. @throws SyntaxError where it is none. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!hasManyDigits(text)) return value;
  let inexact = false;
  const kept = text.replace(tokens, (token) => {
    if (token.startsWith('"') || isExact(token)) return token;
    inexact = true;
    return `"${mark}${token}"`;
  });
  return inexact ? (JSON.parse(kept) as unknown) : value;
}

/** The JSON of what `parseJson` gave, or of anything else. */
export function toJson(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  const text = JSON.stringify(value, replacer);
  // Costs nothing where no character is beyond Latin-1, as the mark is.
  return text.includes(mark) ? text.replace(marked, "$1") : text;
}

/** A value as text: a number that was kept is its digits. */
export function plainText(value: unknown): string {
  return String(value).replace(mark, "");
}

/** Whether so many digits are in a row. Only each 16th character is looked at: this comes before every message is read. */
function hasManyDigits(text: string): boolean {
  for (let at = mostDigits - 1; at < text.length; at += mostDigits) {
    if (!isDigit(text, at)) continue;
    let begin = at;
    while (isDigit(text, begin - 1)) begin -= 1;
    while (isDigit(text, at + 1)) at += 1;
    if (at - begin + 1 >= mostDigits) return true;
  }
  return false;
}

/** A digit or the point. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x2e && code <= 0x39 && code !== 0x2f;
}

function isExact(number: string): boolean {
  const value = Number(number);
  return Number.isFinite(value) && digitsOf(number) === digitsOf(String(value));
}

/** A number's digits and the place of its last one, however it is written. */
function digitsOf(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
