import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import type { ToolContext } from "./context";
import { answer } from "./result";
import { tableDescription } from "./schemas";

const input = argumentsOf({
  table: z.string().min(1).describe("Name of the table or view"),
  schema: z.string().optional().describe("Its schema; without it, where the database looks first"),
});

/** `describe_table`: what a query needs to know of one table. */
export function registerDescribeTable(context: ToolContext): void {
  context.server.registerTool(
    "describe_table",
    {
      title: "Describe a table",
      description:
        "Describes a table or view: its columns with what enums and domains allow, keys, indexes, checks and partitions.",
      inputSchema: input,
      outputSchema: tableDescription,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ table, schema }, { mcpReq: { signal } }) =>
      answer(context, () => context.database.describeTable(table, schema, signal)),
  );
}
