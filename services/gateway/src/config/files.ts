import { readFileSync } from "node:fs";
import { configVariable } from "./environment";
import { type Problem, SettingsError } from "./errors";
import { variables } from "./schema-walk";

/** The files that the environment names: the configuration's own, and those that hold a variable's value. */
export function configurationFiles(environment: NodeJS.ProcessEnv): string[] {
  const named = [...variables().keys()]
    .filter((variable) => !environment[variable])
    .map((variable) => environment[`${variable}_FILE`]);
  return [environment[configVariable], ...named].filter((file): file is string => Boolean(file));
}

/**
 * What a configuration file says, with the content of each file that it names as `{file: PATH}` in place of a text.
 * @param found is told of these files.
 * @throws SettingsError where one can't be read.
 */
export function withFiles(document: unknown, found: (file: string) => void): unknown {
  const problems: Problem[] = [];
  const filled = fill(document, [], (file, path) => {
    found(file);
    try {
      return readFileSync(file, "utf8").replace(/\r?\n$/, "");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
      problems.push({
        key: path.join("."),
        value: JSON.stringify(file),
        wrong: `can't be read (${code})`,
        fix: `name a file that user ${process.getuid?.() ?? "of the gateway"} can read`,
      });
      return "";
    }
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return filled;
}

function fill(value: unknown, path: string[], read: (file: string, path: string[]) => string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, String(index)], read));
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "file" && typeof first[1] === "string")
    return read(first[1], path);
  return Object.fromEntries(entries.map(([key, item]) => [key, fill(item, [...path, key], read)]));
}
