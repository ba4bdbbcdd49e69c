import { shellWord } from "./shell-word";

/** One setting that can't be used: its key, the value as given, and what to do about it. */
export interface Problem {
  /** Full key, for example `mcp:services.postgres-mcp.address`. */
  key: string;
  /** The value as given, ready to print; a secret is never given here. */
  value: string;
  /** What is wrong, as the end of a sentence that begins with the value. */
  wrong: string;
  /** What mends it: a command, or what to write instead. Which stack it is for is added where it is shown. */
  fix: string;
}

/** What can't be put up as it is described, found before anything is registered; the message says what mends it. */
export class Refusal extends Error {}

/** All that is wrong with a stack's settings. */
export class SettingsError extends Refusal {
  /**
   * @param options what the stack's commands take besides its name, for example `--config-file FILE`.
   */
  constructor(
    readonly stackName: string,
    readonly problems: readonly Problem[],
    options: readonly string[] = [],
  ) {
    const lines = problems.map(
      ({ key, value, wrong, fix }) =>
        `  ${key}: ${value} ${wrong}\n    fix: ${forStack(fix, stackName, options)}`,
    );
    super(`The settings of stack "${stackName}" can't be used; nothing was changed.\n${lines.join("\n")}`);
    this.name = "SettingsError";
  }
}

/** Whether a text says that settings can't be used, wherever it was printed. */
export function tellsOfSettings(text: string): boolean {
  return /^The settings of stack ".*" can't be used; /m.test(text);
}

/** The command of the project that changes settings; a shell finds it wherever it finds npm. */
const command = "npm run config --";

/** A text with commands that name the stack they are for. */
export function forStack(text: string, stack: string, options: readonly string[] = []): string {
  return text.replaceAll(command, [command, "--stack", ...[stack, ...options].map(shellWord)].join(" "));
}

/** The command that sets a secret, which asks for the value. */
export function setSecretCommand(key: string): string {
  return `${command} set --secret '${key}'`;
}

/** The command that sets a key, as a user would type it. */
export function setCommand(key: string, value: string | number): string {
  return `${command} set '${key}' ${value}`;
}

/** The command that takes a key out, so that its default counts. */
export function removeCommand(key: string): string {
  return `${command} rm '${key}'`;
}
