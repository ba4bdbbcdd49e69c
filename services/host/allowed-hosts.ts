import { isIP } from "node:net";

/**
 * Whether a request's Host header rules out DNS rebinding: a web page that points its own name at this server's
 * address and then calls it from the visitor's browser.
 *
 * Such a page needs a public name, and a public name has a dot. So names without one (a container's alias such as
 * `postgres-mcp`, `localhost`), names under `.localhost` and `.internal`, which nobody can register, and plain
 * addresses, which involve no DNS, always pass; every other name has to be listed.
 * @param header the value of the Host header, with or without a port.
 * @param listed further names, without ports.
 */
export function isAllowedHost(header: string | undefined, listed: readonly string[]): boolean {
  const name = hostName(header);
  if (name === undefined) return false;
  if (isIP(name.replace(/^\[|\]$/g, "")) !== 0) return true;
  if (/^[a-z0-9_-]+$/.test(name)) return true;
  if (name.endsWith(".localhost") || name.endsWith(".internal")) return true;
  return listed.some((item) => item.toLowerCase() === name);
}

function hostName(header: string | undefined): string | undefined {
  if (!header || /[/@?#\\\s]/.test(header)) return undefined;
  try {
    return new URL(`http://${header}`).hostname || undefined;
  } catch {
    return undefined;
  }
}
