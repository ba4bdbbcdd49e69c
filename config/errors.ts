/** One setting that can't be used: its key, the value as given, and what to do about it. */
export interface Problem {
  /** Full key, for example `mcp:services.postgres-mcp.address`. */
  key: string;
  /** The value as given, ready to print; a secret is never given here. */
  value: string;
  /** What is wrong, as the end of a sentence that begins with the value. */
  wrong: string;
  /** What mends it: a command, or what to write instead. */
  fix: string;
}

/** What can't be put up as it is described, found before anything is registered; the message says what mends it. */
export class Refusal extends Error {}

/** All that is wrong with a stack's settings. */
export class SettingsError extends Refusal {
  constructor(
    readonly stackName: string,
    readonly problems: readonly Problem[],
  ) {
    const lines = problems.map(
      ({ key, value, wrong, fix }) => `  ${key}: ${value} ${wrong}\n    fix: ${fix}`,
    );
    super(`The settings of stack "${stackName}" can't be used; nothing was changed.\n${lines.join("\n")}`);
    this.name = "SettingsError";
  }
}

/** The command that sets a secret, which asks for the value. */
export function setSecretCommand(key: string): string {
  return `pulumi config set --secret ${key.includes(".") ? "--path " : ""}'${key}'`;
}

/** The command that sets a key, as a user would type it. */
export function setCommand(key: string, value: string | number): string {
  const path = key.includes(".") ? "--path " : "";
  return `pulumi config set ${path}'${key}' ${value}`;
}
