import { posix } from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { z } from "zod";
import { at } from "../../../filesystem/src/confined/descriptor";
import { AccessError } from "../../../filesystem/src/confined/errors";
import { present } from "../../../filesystem/src/confined/root";
import { argumentsOf } from "../../../host/arguments";
import { failed } from "../../../host/tool-result";
import { type Found, type Query, ripgrep } from "../ripgrep";
import type { ToolContext } from "./context";

const input = argumentsOf({
  pattern: z
    .string()
    .min(1)
    .max(2000)
    .describe("A regular expression in Rust's syntax, or a text with `literal`"),
  path: z.string().default(".").describe("The folder to search below; without it, the first root"),
  globs: z
    .array(z.string().min(1).max(300))
    .max(50)
    .default([])
    .describe(
      "Only files that match one of these, for example *.ts or src/**; with ! before it, none that does",
    ),
  literal: z.boolean().default(false).describe("Take the pattern for text"),
  caseSensitive: z.boolean().default(true).describe("Tell capitals from small letters"),
  wholeWords: z.boolean().default(false).describe("Only where the match is a word"),
  multiline: z.boolean().default(false).describe("Let the pattern span lines"),
  context: z.number().int().min(0).max(20).default(0).describe("Lines to show before and after each match"),
  everything: z
    .boolean()
    .default(false)
    .describe("Search hidden files and those that .gitignore names as well"),
  limit: z.number().int().min(1).max(10_000).default(100).describe("Most lines with a match"),
});

const output = z.object({
  lines: z.array(
    z.object({
      path: z.string(),
      line: z.number().int(),
      text: z.string(),
      match: z.boolean().describe("False for a line that is only near a match"),
    }),
  ),
  matches: z.number().int().describe("How many of the lines match"),
  truncated: z.boolean(),
});

const CUT = {
  limit: "there are more than `limit` allows",
  size: "the lines became too long together",
  time: "the time was up",
};

/** `search_code`: lines that match a regular expression. */
export function registerSearchCode({ server, roots, queue, settings }: ToolContext): void {
  server.registerTool(
    "search_code",
    {
      title: "Search code",
      description:
        "Finds the lines of text files that match a regular expression or a text, with their files and line numbers, " +
        `as ripgrep does. A search takes ${settings.milliseconds / 1000} s at most.`,
      inputSchema: input,
      outputSchema: output,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    async ({ path, ...query }, { mcpReq }): Promise<CallToolResult> => {
      try {
        const { root, parts, shown } = roots.locate(path);
        const folder = posix.join(root.path, ...parts);
        const found = await root.at(parts, shown, { follow: true }, async (place) => {
          const { handle, stats } = present(place, shown);
          if (!stats.isDirectory()) throw new AccessError(`${shown}: it is no folder; a glob chooses files`);
          return queue.run(() => ripgrep(at(handle), query satisfies Query, settings, mcpReq.signal));
        });
        return result(found, folder);
      } catch (error) {
        return failed(error instanceof AccessError ? error.message : "The search failed");
      }
    },
  );
}

function result(found: Found, folder: string): CallToolResult {
  const lines = found.lines.map((line) => ({ ...line, path: posix.join(folder, line.path) }));
  const shown = lines.map(
    ({ path, line, text, match }) => `${path}${match ? ":" : "-"}${line}${match ? ":" : "-"}${text}`,
  );
  if (found.matches === 0) shown.push("No matches");
  if (found.cut) shown.push(`… and more may be there: ${CUT[found.cut]}`);
  return {
    content: [{ type: "text", text: shown.join("\n") }],
    structuredContent: { lines, matches: found.matches, truncated: found.cut !== undefined },
  };
}
