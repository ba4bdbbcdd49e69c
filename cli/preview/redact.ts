/** What stands where a secret was. */
const instead = "[secret]";

/** Shorter text is no secret of ours, and would be found in half of all words. */
const shortest = 8;

/** Text in which none of the secrets is left, in plain, quoted for JSON or encoded for an address. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const longestFirst = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return longestFirst.reduce((left, form) => left.replaceAll(form, instead), text);
}

/** Every text that is secret in Pulumi's JSON: the plain values of what it marks as secret. */
export function secretTexts(exported: unknown): string[] {
  if (Array.isArray(exported)) return exported.flatMap(secretTexts);
  if (typeof exported !== "object" || exported === null) return [];
  if ("plaintext" in exported && typeof exported.plaintext === "string")
    return texts(JSON.parse(exported.plaintext));
  return Object.values(exported).flatMap(secretTexts);
}

/** A list that holds a secret is secret as a whole: of `NAME=value`, the value is what must not show. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Array.isArray(value) ? [] : Object.values(value).flatMap(texts);
}
