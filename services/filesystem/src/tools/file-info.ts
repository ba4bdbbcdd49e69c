import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { statOf } from "../confined/files";
import type { ToolContext } from "./context";
import { answer, READS, text, textOutput } from "./result";

/** `get_file_info`: what is known of a file or directory besides its content. */
export function registerFileInfo({ server, roots }: ToolContext): void {
  server.registerTool(
    "get_file_info",
    {
      title: "Get information about a file",
      description: "Gives the size, times, permissions and type of a file or directory.",
      inputSchema: argumentsOf({ path: z.string().describe("The file or directory") }),
      outputSchema: textOutput,
      annotations: READS,
    },
    ({ path }) =>
      answer(async () => {
        const stats = await statOf(roots.locate(path));
        const info = {
          size: stats.size,
          created: stats.birthtime.toISOString(),
          modified: stats.mtime.toISOString(),
          accessed: stats.atime.toISOString(),
          isDirectory: stats.isDirectory(),
          isFile: stats.isFile(),
          permissions: (stats.mode & 0o777).toString(8),
        };
        return text(
          Object.entries(info)
            .map(([key, value]) => `${key}: ${value}`)
            .join("\n"),
        );
      }),
  );
}
