/**
 * Whether a web page of this origin may call the gateway. Programs send no origin.
 * @param header the value of the Origin header.
 * @param listed host names, without scheme and port, besides those on the loopback.
 */
export function isAllowedOrigin(header: string | undefined, listed: readonly string[]): boolean {
  if (header === undefined) return true;
  if (!URL.canParse(header)) return false;
  const { hostname } = new URL(header);
  if (hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]") return true;
  return listed.some((name) => name.toLowerCase() === hostname);
}
