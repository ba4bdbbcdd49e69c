import type { ImageSource } from "../../imaging";
import { describeStack } from "../stack-file";

/** A stack's whole topology, as a review reads it: what a change of settings or code does to it. */
export function goldenTopology(stack: string, source: ImageSource): string {
  return `${JSON.stringify(describeStack({ stack }, source).topology, null, 2)}\n`;
}

/** The golden files of a stack; where images are built here, other services may take the place of upstream's. */
export function goldenFiles(stack: string): [name: string, text: string][] {
  const registry = goldenTopology(stack, "registry");
  const build = goldenTopology(stack, "build");
  return [
    [`${stack}.golden.json`, registry],
    ...(build === registry ? [] : [[`${stack}.build.golden.json`, build] as [string, string]]),
  ];
}
