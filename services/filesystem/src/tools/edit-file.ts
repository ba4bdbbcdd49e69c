import { createTwoFilesPatch } from "diff";
import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { readWhole } from "../confined/files";
import { applyEdits } from "../edits";
import { decoded } from "../text";
import type { ToolContext } from "./context";
import { answer, text, textOutput, WRITES } from "./result";

const input = argumentsOf({
  path: z.string().describe("The file"),
  edits: z
    .array(
      argumentsOf({
        oldText: z.string().min(1).describe("Text to replace; it must be in the file exactly once"),
        newText: z.string().describe("What takes its place"),
      }),
    )
    .min(1)
    .max(500),
  dryRun: z.boolean().default(false).describe("Only show what would change"),
});

/** `edit_file`: replaces parts of a text, and shows what changed. */
export function registerEditFile({ server, roots, writer, settings }: ToolContext): void {
  server.registerTool(
    "edit_file",
    {
      title: "Edit a file",
      description:
        "Replaces parts of a text file, one edit after the other, all of them or none; all else keeps its bytes. " +
        "Returns the changes as a unified diff; with `dryRun` nothing is written.",
      inputSchema: input,
      outputSchema: textOutput,
      annotations: WRITES,
    },
    ({ path, edits, dryRun }) =>
      answer(async () => {
        const location = roots.locate(path);
        let diff = "";
        let encoding: string | undefined;
        const change = (content: Buffer) => {
          const changed = applyEdits(content, edits);
          const { text: before, note } = decoded(content);
          const after = decoded(changed).text;
          diff = createTwoFilesPatch(path, path, before, after, "original", "modified", { context: 3 });
          encoding = note;
          return changed;
        };
        const lost = dryRun
          ? void change(await readWhole(location, settings.read))
          : await writer.edit(location, settings.read, change);
        return text(diff, encoding, lost);
      }),
  );
}
