import type { WalkLimits } from "../confined/walk";
import type { Settings } from "../settings";

/** What a call may look at, until its time is up or its client gives it up. */
export function limitsOf({ entries, milliseconds }: Settings, signal: AbortSignal): WalkLimits {
  return { entries, signal: AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]) };
}
