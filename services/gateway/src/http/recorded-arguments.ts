import { redactedText } from "../config/redact";
import { toJson } from "../../../host/json";

/** Names of arguments that hold secrets, as far as a name tells. */
const secretName =
  /pass(word|wd|phrase|code)?$|^pwd$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization|cookie|signature/i;

/** Texts that are secrets whatever their argument is called: they say so by their form. */
const secretTexts = [
  // A credential in a header's form.
  /\b(Bearer|Basic|Token)\s+[\w~+/.=-]{8,}/gi,
  // A JSON Web Token.
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // Keys of services whose issuers gave them a prefix for just that.
  /\b(gh[pousr]_|github_pat_|glpat-|sk-|rk_live_|sk_live_|xox[abposr]-|AKIA|ASIA|AIza|hf_|npm_)[\w-]{12,}/g,
  // The password of a URL.
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  // An assignment within a text, such as a command's or a connection string's.
  /(?<=\b(password|passwd|pwd|secret|token|api[-_]?key)\s*[=:]\s*["']?)[^\s"'&;,]+/gi,
];

/**
 * A call's arguments as a record may hold them: JSON, without what looks like a secret, and cut after so many bytes. What
 * a secret looks like is a guess; where none may ever stand in a log, arguments are not to be recorded.
 */
export function recorded(args: unknown, mostBytes: number): string {
  const text = toJson(args, (key, value: unknown) => {
    if (key !== "" && secretName.test(key) && value !== null && value !== undefined) return redactedText;
    return typeof value === "string" ? withoutSecrets(value) : value;
  });
  if (Buffer.byteLength(text) <= mostBytes) return text;
  // A character that was cut through is left out.
  return `${Buffer.from(text).subarray(0, mostBytes).toString().replace(/�$/, "")}…`;
}

function withoutSecrets(text: string): string {
  return secretTexts.reduce((rest, secret) => rest.replace(secret, redactedText), text);
}
