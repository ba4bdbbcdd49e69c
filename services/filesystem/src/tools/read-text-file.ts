import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { AccessError } from "../confined/errors";
import { readWhole } from "../confined/files";
import { headOf, tailOf } from "../lines";
import { decoded } from "../text";
import type { ToolContext } from "./context";
import { answer, READS, text, textOutput } from "./result";

const lines = z.number().int().min(1).max(1_000_000);
const input = argumentsOf({
  path: z.string().describe("The file"),
  head: lines.optional().describe("Only the first so many lines"),
  tail: lines.optional().describe("Only the last so many lines"),
});

/** `read_text_file`: a file as text, whole or its begin or end. */
export function registerReadTextFile({ server, roots, settings }: ToolContext): void {
  server.registerTool(
    "read_text_file",
    {
      title: "Read a text file",
      description:
        `Reads a file as UTF-8 text: whole up to ${settings.read.bytes / 1024} KiB, ` +
        "or only its first lines with `head`, or its last with `tail`.",
      inputSchema: input,
      outputSchema: textOutput,
      annotations: READS,
    },
    ({ path, head, tail }) =>
      answer(async () => {
        if (head !== undefined && tail !== undefined)
          throw new AccessError("Give either head or tail, not both");
        const location = roots.locate(path);
        if (head !== undefined) return shown(await headOf(location, settings.read, head));
        if (tail !== undefined) return shown(await tailOf(location, settings.read, tail));
        return shown(await readWhole(location, settings.read));
      }),
  );
}

function shown(bytes: Buffer) {
  const { text: content, note } = decoded(bytes);
  return text(content, note);
}
