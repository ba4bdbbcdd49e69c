import { z } from "zod";
import type { ToolContext } from "./context";
import { answer } from "./result";
import { table } from "./schemas";

const input = z.object({ schema: z.string().optional().describe("Only the tables of this schema") });
const output = z.object({ tables: z.array(table), truncated: z.boolean() });

/** `list_tables`: what there is to query. */
export function registerListTables(context: ToolContext): void {
  context.server.registerTool(
    "list_tables",
    {
      title: "List tables",
      description:
        "Lists the tables and views of the database with their schema and estimated number of rows.",
      inputSchema: input,
      outputSchema: output,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ schema }, { mcpReq: { signal } }) =>
      answer(context, () => context.database.listTables(schema, signal)),
  );
}
