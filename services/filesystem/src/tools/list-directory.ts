import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { type Entry, listFolder } from "../confined/files";
import type { ToolContext } from "./context";
import { answer, READS, text, textOutput } from "./result";

const withSizes = argumentsOf({
  path: z.string().describe("The directory"),
  sortBy: z.enum(["name", "size"]).default("name").describe("By name, or the largest first"),
});

/** `list_directory` and `list_directory_with_sizes`: what is in a directory. */
export function registerListDirectory({ server, roots, settings }: ToolContext): void {
  server.registerTool(
    "list_directory",
    {
      title: "List a directory",
      description: "Lists a directory's entries, each marked [DIR], [FILE], [LINK] or [OTHER].",
      inputSchema: argumentsOf({ path: z.string().describe("The directory") }),
      outputSchema: textOutput,
      annotations: READS,
    },
    ({ path }) =>
      answer(async () => {
        const entries = await listFolder(roots.locate(path), settings.entries);
        return text(entries.map((entry) => `${mark(entry)} ${entry.name}`).join("\n"));
      }),
  );
  server.registerTool(
    "list_directory_with_sizes",
    {
      title: "List a directory with sizes",
      description: "Lists a directory's entries with the sizes of its files, and their sum.",
      inputSchema: withSizes,
      outputSchema: textOutput,
      annotations: READS,
    },
    ({ path, sortBy }) =>
      answer(async () => {
        const entries = await listFolder(roots.locate(path), settings.entries);
        if (sortBy === "size") entries.sort((one, other) => other.size - one.size);
        return text([...entries.map(withSize), "", ...sums(entries)].join("\n"));
      }),
  );
}

function mark({ kind }: Entry): string {
  return { directory: "[DIR]", file: "[FILE]", link: "[LINK]", other: "[OTHER]" }[kind];
}

function withSize(entry: Entry): string {
  const size = entry.kind === "file" ? formatSize(entry.size).padStart(10) : "";
  return `${mark(entry)} ${entry.name.padEnd(30)} ${size}`.trimEnd();
}

function sums(entries: readonly Entry[]): string[] {
  const files = entries.filter(({ kind }) => kind === "file");
  const folders = entries.filter(({ kind }) => kind === "directory").length;
  return [
    `Total: ${files.length} files, ${folders} directories`,
    `Combined size: ${formatSize(files.reduce((sum, { size }) => sum + size, 0))}`,
  ];
}

/** Bytes in the largest unit that they fill. */
export function formatSize(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const index = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length - 1);
  return index === 0 ? `${bytes} B` : `${(bytes / 1024 ** index).toFixed(2)} ${units[index]}`;
}
