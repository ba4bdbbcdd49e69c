import type { Policy } from "./policy";

/** Who makes a request, once that is known. */
export interface Principal {
  /** Tells principals apart: nothing is shared between two. */
  id: string;
  /** The kind of client, for metrics: one of few. */
  class: string;
  policy: Policy;
}
