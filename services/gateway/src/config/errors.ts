/** One setting that can't be used. */
export interface Problem {
  /** Where it stands: a variable's name, or the path in the file. */
  key: string;
  /** The value as given, ready to print; a secret is never given here. */
  value: string;
  /** What is wrong, as the end of a sentence that begins with the value. */
  wrong: string;
  /** What to write instead. */
  fix: string;
}

/** All that is wrong with a configuration; nothing of it was taken over. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    const lines = problems.map(
      ({ key, value, wrong, fix }) => `  ${key}: ${value} ${wrong}\n    fix: ${fix}`,
    );
    super(`The gateway's configuration can't be used:\n${lines.join("\n")}`);
    this.name = "SettingsError";
  }
}
