import type { CallToolResult } from "@modelcontextprotocol/server";
import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import type { SemanticContext } from "./context";
import { describeProgress } from "./search-semantic";

const output = z.object({
  indexed: z.number().int().describe("Files that are in the index as they are now"),
  files: z.number().int().describe("Files that are to be in it"),
  chunks: z.number().int().describe("Parts of files that can be found"),
  embedded: z.number().int().describe("Parts that the model has read since the server started"),
  complete: z.boolean(),
  full: z.boolean().describe("Whether files are left out, as the index holds as much as it may"),
});

/** `index_status`: how far the index of search_semantic is. */
export function registerIndexStatus({ server, index }: SemanticContext): void {
  server.registerTool(
    "index_status",
    {
      title: "State of the index",
      description: "Says how many of the files can be found by search_semantic by now.",
      inputSchema: argumentsOf({}),
      outputSchema: output,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    (): CallToolResult => ({
      content: [{ type: "text", text: describeProgress(index.status) }],
      structuredContent: { ...index.status },
    }),
  );
}
