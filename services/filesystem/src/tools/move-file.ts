import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import type { ToolContext } from "./context";
import { answer, text, textOutput, WRITES } from "./result";

const input = argumentsOf({
  source: z.string().describe("The file or directory"),
  destination: z.string().describe("Its new path, where nothing may be yet"),
});

/** `move_file`: another name or folder for a file or directory. */
export function registerMoveFile({ server, roots, writer }: ToolContext): void {
  server.registerTool(
    "move_file",
    {
      title: "Move a file or directory",
      description: "Moves or renames a file or directory. It fails where something of the new name is there.",
      inputSchema: input,
      outputSchema: textOutput,
      annotations: WRITES,
    },
    ({ source, destination }) =>
      answer(async () => {
        await writer.move(roots.locate(source), roots.locate(destination));
        return text(`Successfully moved ${source} to ${destination}`);
      }),
  );
}
