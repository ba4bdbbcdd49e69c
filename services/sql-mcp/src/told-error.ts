/** Why a statement was not run, or not to its end, as the log of calls names it. */
export type ToldReason = "refused" | "too_large" | "busy" | "cancelled" | "time_limit";

/** An error whose message is for the client as it is: this server's own words, and nothing of the connection in it. */
export class ToldError extends Error {
  readonly reason: ToldReason = "refused";
}
