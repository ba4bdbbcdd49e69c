import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import type { ToolContext } from "./context";
import { answer, text, textOutput, WRITES } from "./result";

/** `create_directory`: a folder and those on the way to it. */
export function registerCreateDirectory({ server, roots, writer }: ToolContext): void {
  server.registerTool(
    "create_directory",
    {
      title: "Create a directory",
      description: "Makes a directory, and those on the way to it. One that is there already is fine.",
      inputSchema: argumentsOf({ path: z.string().describe("The directory") }),
      outputSchema: textOutput,
      annotations: { ...WRITES, destructiveHint: false, idempotentHint: true },
    },
    ({ path }) =>
      answer(async () => {
        await writer.makeFolder(roots.locate(path));
        return text(`Successfully created directory ${path}`);
      }),
  );
}
