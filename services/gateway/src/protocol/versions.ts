/** The revision that has no sessions, and that every later one is built on. */
export const modernVersion = "2026-07-28";

/** The revisions of the gateway's own endpoints, the newest first. */
export const legacyVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** How a peer speaks: with a session from `initialize` on, or with everything in each request. */
export type Era = "modern" | "legacy";

/** The era of a revision; revisions are dates, and sort as text. */
export function eraOf(version: string): Era {
  return version >= modernVersion ? "modern" : "legacy";
}

/** The revision that a server agrees to when a legacy client asks for one. */
export function agreedVersion(asked: unknown): string {
  return legacyVersions.find((version) => version === asked) ?? legacyVersions[0];
}
