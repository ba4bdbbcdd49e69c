import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { walk } from "../confined/walk";
import { matcher } from "../glob";
import type { ToolContext } from "./context";
import { limitsOf } from "./limits";
import { answer, READS, text, textOutput } from "./result";

interface Node {
  name: string;
  type: "file" | "directory" | "link" | "other";
  children?: Node[];
}

const input = argumentsOf({
  path: z.string().describe("The directory"),
  excludePatterns: z.array(z.string()).max(100).default([]).describe("Glob patterns of what is left out"),
});

/** `directory_tree`: all that is below a directory, as JSON. */
export function registerDirectoryTree({ server, roots, settings }: ToolContext): void {
  server.registerTool(
    "directory_tree",
    {
      title: "Show a directory tree",
      description:
        "Gives all that is below a directory as JSON: each entry's name, type and, of a directory, children. " +
        `At most ${settings.entries} entries.`,
      inputSchema: input,
      outputSchema: textOutput,
      annotations: READS,
    },
    ({ path, excludePatterns }, { mcpReq }) =>
      answer(async () => {
        const excluded = matcher(excludePatterns);
        const top: Node = { name: "", type: "directory", children: [] };
        const folders = new Map<string, Node>([["", top]]);
        await walk(roots.locate(path), limitsOf(settings, mcpReq.signal), (parts, { name, kind }) => {
          const below = parts.join("/");
          if (excluded(below)) return false;
          const node: Node = { name, type: kind, ...(kind === "directory" ? { children: [] } : {}) };
          folders.get(parts.slice(0, -1).join("/"))?.children?.push(node);
          if (kind === "directory") folders.set(below, node);
          return true;
        });
        return text(JSON.stringify(top.children, undefined, 2));
      }),
  );
}
