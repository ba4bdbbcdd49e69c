import { describeStack } from "../stack-file";

/** A stack's whole topology, as a review reads it: what a change of settings or code does to it. */
export function goldenTopology(stack: string): string {
  return `${JSON.stringify(describeStack({ stack }).topology, null, 2)}\n`;
}
