import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../paths";

/** Where the tests of each suite are. */
export const suites = {
  unit: ["test/unit"],
  services: ["services"],
  engine: ["test/engine", "test/images", "test/toolchain"],
} as const;

export type Suite = keyof typeof suites;

/** What a run is made of; without anything, of all that there is. */
export interface Selection {
  /** The only files that are loaded, as paths from the project's folder. */
  files?: string[];
  /** What a test's name has to match, as a regular expression. */
  name?: string;
}

/**
 * What the words behind a suite's name ask for. A file's name, `registry` for `registry.test.ts`, asks for that file; a part's,
 * `work` for `work.part.ts`, for that part on each stack which it is a part of. No other file is loaded then. Any other word
 * is one of tests' names, which only all files together know.
 * @param folder the project's
 */
export function selectionOf(words: readonly string[], chosen: readonly Suite[], folder = root): Selection {
  if (words.length === 0) return {};
  const sources = chosen.flatMap((suite) => suites[suite]).flatMap((under) => typescriptUnder(folder, under));
  const called = (kind: "test" | "part") => (word: string) =>
    sources.filter((file) => basename(file) === `${word}.${kind}.ts`);
  const every = (found: string[][]) => (found.every(({ length }) => length > 0) ? found.flat() : undefined);

  const files = every(words.map(called("test")));
  if (files) return { files };

  const parts = every(words.map(called("part")))?.map((file) => ({
    module: `/${basename(file, ".ts")}"`,
    title: /\btitle: "([^"]+)"/.exec(readFileSync(join(folder, file), "utf8"))?.[1],
  }));
  if (!parts?.every(({ title }) => title !== undefined)) return { name: words.join("|") };
  const isUser = (file: string) => {
    const source = file.endsWith(".test.ts") ? readFileSync(join(folder, file), "utf8") : "";
    return parts.some(({ module }) => source.includes(module));
  };
  const titles = parts.map(({ title = "" }) => title.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return { files: sources.filter(isUser), name: `(^| )(${titles.join("|")}) ` };
}

function typescriptUnder(folder: string, under: string): string[] {
  if (!existsSync(join(folder, under))) return [];
  const found = readdirSync(join(folder, under), { recursive: true, encoding: "utf8" });
  return found.filter((file) => file.endsWith(".ts")).map((file) => join(under, file));
}
