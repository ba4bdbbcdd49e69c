import { posix } from "node:path";
import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { walk } from "../confined/walk";
import { matcher } from "../glob";
import type { ToolContext } from "./context";
import { limitsOf } from "./limits";
import { answer, READS, text, textOutput } from "./result";

const MOST_RESULTS = 1000;

const input = argumentsOf({
  path: z.string().describe("The directory to search below"),
  pattern: z.string().describe("Glob pattern of paths from there, for example *.ts or **/*.ts"),
  excludePatterns: z.array(z.string()).max(100).default([]).describe("Glob patterns of what is left out"),
});

/** `search_files`: files and directories by a pattern of their paths. */
export function registerSearchFiles({ server, roots, settings }: ToolContext): void {
  server.registerTool(
    "search_files",
    {
      title: "Search for files",
      description:
        "Finds files and directories whose path below a directory matches a glob pattern: *.ext in the directory itself, " +
        `**/*.ext at any depth. Gives full paths, at most ${MOST_RESULTS}.`,
      inputSchema: input,
      outputSchema: textOutput,
      annotations: READS,
    },
    ({ path, pattern, excludePatterns }, { mcpReq }) =>
      answer(async () => {
        const location = roots.locate(path);
        const [wanted, excluded] = [matcher([pattern]), matcher(excludePatterns)];
        const folder = posix.join(location.root.path, ...location.parts);
        const found: string[] = [];
        await walk(location, limitsOf(settings, mcpReq.signal), (parts) => {
          const below = parts.join("/");
          if (excluded(below) || found.length > MOST_RESULTS) return false;
          if (wanted(below)) found.push(posix.join(folder, below));
          return true;
        });
        if (found.length === 0) return text("No matches found");
        const more =
          found.length > MOST_RESULTS ? [`… and more: only the first ${MOST_RESULTS} are given`] : [];
        return text([...found.slice(0, MOST_RESULTS), ...more].join("\n"));
      }),
  );
}
