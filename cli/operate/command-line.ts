import { shellWord } from "../../config/shell-word";
import { configFileArgs, type StackArguments } from "../arguments";

/** The line with which a user runs one of the project's commands for a stack. */
export function commandLine(command: string, stack: StackArguments, words: readonly string[] = []): string {
  const args = [
    ...(stack.stack === "dev" ? [] : ["--stack", stack.stack]),
    ...configFileArgs(stack),
    ...words,
  ];
  return ["npm run", command, ...(args.length > 0 ? ["--", ...args.map(shellWord)] : [])].join(" ");
}
