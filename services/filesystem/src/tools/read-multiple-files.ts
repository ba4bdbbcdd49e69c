import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { readWhole } from "../confined/files";
import { decoded } from "../text";
import type { ToolContext } from "./context";
import { answer, READS, text, textOutput, words } from "./result";

/** `read_multiple_files`: several files in one call; one that fails leaves the others. */
export function registerReadMultipleFiles({ server, roots, settings }: ToolContext): void {
  server.registerTool(
    "read_multiple_files",
    {
      title: "Read several files",
      description:
        "Reads several files as text, each after its path. One that can't be read is an error in its place. " +
        `Together they may have ${settings.read.bytes / 1024} KiB.`,
      inputSchema: argumentsOf({ paths: z.array(z.string()).min(1).max(200).describe("The files") }),
      outputSchema: textOutput,
      annotations: READS,
    },
    ({ paths }) =>
      answer(async () => {
        const results: string[] = [];
        const notes: string[] = [];
        let left = settings.read.bytes;
        for (const path of paths) {
          try {
            const bytes = await readWhole(roots.locate(path), { ...settings.read, bytes: left });
            left -= bytes.length;
            const { text: content, note } = decoded(bytes);
            if (note !== undefined) notes.push(`${path}: ${note}`);
            results.push(`${path}:\n${content}\n`);
          } catch (error) {
            results.push(`${path}: Error - ${words(error)}`);
          }
        }
        return text(results.join("\n---\n"), ...notes);
      }),
  );
}
