import type { StackArguments } from "../arguments";

/** The line with which a user runs one of the project's commands for a stack. */
export function commandLine(
  command: string,
  { stack, configFile }: StackArguments,
  words: readonly string[] = [],
): string {
  const args = [
    ...(stack === "dev" ? [] : ["--stack", stack]),
    ...(configFile ? ["--config-file", configFile] : []),
    ...words,
  ];
  return ["npm run", command, ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
}
