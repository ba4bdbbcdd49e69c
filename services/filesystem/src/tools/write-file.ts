import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { assertWellFormed } from "../text";
import type { ToolContext } from "./context";
import { answer, text, textOutput, WRITES } from "./result";

const input = argumentsOf({
  path: z.string().describe("The file; its folder must be there"),
  content: z.string().describe("Its whole new text"),
});

/** `write_file`: a new file, or a new content of one. */
export function registerWriteFile({ server, roots, writer }: ToolContext): void {
  server.registerTool(
    "write_file",
    {
      title: "Write a file",
      description: "Writes a text file, new or in the place of the one that is there, in one step.",
      inputSchema: input,
      outputSchema: textOutput,
      annotations: { ...WRITES, idempotentHint: true },
    },
    ({ path, content }) =>
      answer(async () => {
        assertWellFormed(content, "The content");
        const lost = await writer.write(roots.locate(path), Buffer.from(content));
        return text(`Successfully wrote to ${path}`, lost);
      }),
  );
}
