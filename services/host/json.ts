import { randomBytes } from "node:crypto";

/**
 * JSON whose numbers come out as they went in. JavaScript's numbers have some 16 digits: an id of 1234567890123456789 would become
 * another row's, 1e400 nothing at all, and 1.0 a whole number for whoever tells those apart. A number that JavaScript would write
 * otherwise is kept as a text that begins with a mark, and is a number again when it is written. The mark is another one in each
 * process, so that nobody can send a text that looks like one.
 */
const mark = `\uE000${randomBytes(9).toString("base64url")}:`;

const number = "-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?";
const isNumber = new RegExp(`^${number}$`);
const marked = new RegExp(`"${mark}(${number})"`, "g");

/** No more digits than this, and nothing else, are always a number that JavaScript holds and writes as it was. */
const safeDigits = 15;

/** What a text of JSON says, with its numbers as they are. @throws SyntaxError where it is none. */
export function parseJson(text: string): unknown {
  return JSON.parse(markNumbers(text));
}

/** The JSON of what `parseJson` gave, or of anything else. */
export function toJson(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  return unmarkNumbers(JSON.stringify(value, replacer));
}

/**
 * JSON that any parser may read, with the numbers kept that it would change: for what goes through a library's hands. Only texts
 * and numbers are looked at, each character once; where nothing is to be kept it is the same text. What is no JSON stays so.
 */
export function markNumbers(json: string): string {
  let kept = "";
  let done = 0;
  for (let at = 0; at < json.length;) {
    const code = json.charCodeAt(at);
    if (code === quote) {
      at = endOfText(json, at + 1);
      continue;
    }
    if (code !== minus && !isDigit(code)) {
      at += 1;
      continue;
    }
    const end = endOfNumber(json, at);
    if (end < 0) {
      at = -end;
      continue;
    }
    const token = json.slice(at, end);
    if (String(Number(token)) !== token && isNumber.test(token) && endsValue(json, end)) {
      kept += `${json.slice(done, at)}"${mark}${token}"`;
      done = end;
    }
    at = end;
  }
  return done === 0 ? json : kept + json.slice(done);
}

/** The JSON that `markNumbers` was given, or of what came of it. */
export function unmarkNumbers(json: string): string {
  // Costs next to nothing where no character is beyond Latin-1, as the mark is.
  return json.includes(mark) ? json.replace(marked, "$1") : json;
}

/** The mark as it stands in UTF-8, for who has bytes and wants to know whether there is anything to do. */
export const markBytes: Buffer = Buffer.from(`"${mark}`);

/** The digits of a number that was kept; undefined for any other value. */
export function digitsOf(value: unknown): string | undefined {
  return typeof value === "string" && value.startsWith(mark) ? value.slice(mark.length) : undefined;
}

/** A value as text: a number that was kept is its digits. */
export function plainText(value: unknown): string {
  return digitsOf(value) ?? String(value);
}

/** A number, one that was kept too, as near as JavaScript has it; NaN for any other value. */
export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number(digitsOf(value) ?? NaN);
}

/** Whether JavaScript has a number of these digits, however it is written: 1E2 and 1.0, but not 9007199254740993 or 1e400. */
export function isExact(digits: string): boolean {
  const value = Number(digits);
  return Number.isFinite(value) && significant(digits) === significant(String(value));
}

/** Whether two texts are the same number, however each is written. */
export function sameNumber(one: string, other: string): boolean {
  return isNumber.test(one) && isNumber.test(other) && significant(one) === significant(other);
}

/** A number's digits and the place of its last one, by which two that are written otherwise are the same. */
function significant(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  return `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Where the text that begins here is over: behind its closing quote. */
function endOfText(json: string, begin: number): number {
  for (let end = json.indexOf('"', begin); end >= 0; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (end - slashes > begin && json.charCodeAt(end - slashes - 1) === backslash) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  return json.length;
}

/** Where the number that begins here is over; negative where it is one of few digits alone, which most are. */
function endOfNumber(json: string, begin: number): number {
  let at = begin + 1;
  while (isDigit(json.charCodeAt(at))) at += 1;
  const few = at - begin <= safeDigits && json.charCodeAt(begin) !== minus;
  let plain = true;
  for (let code = json.charCodeAt(at); ; code = json.charCodeAt((at += 1))) {
    // Of a digit, a sign, the point, e and E.
    if (isDigit(code) || code === 0x2e || code === 0x2b || code === minus || (code | 0x20) === 0x65)
      plain = false;
    else break;
  }
  return few && plain ? -at : at;
}

/** Whether a value may end here: a number that is a key is no JSON, and a text in its place would be some. */
function endsValue(json: string, end: number): boolean {
  let at = end;
  for (let code = json.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;)
    code = json.charCodeAt((at += 1));
  return at >= json.length || json[at] === "," || json[at] === "]" || json[at] === "}";
}
