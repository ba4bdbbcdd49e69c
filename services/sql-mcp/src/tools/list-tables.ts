import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import type { ToolContext } from "./context";
import { answer } from "./result";
import { table } from "./schemas";

const input = argumentsOf({ schema: z.string().optional().describe("Only the tables of this schema") });
const output = z.object({
  tables: z.array(table),
  truncated: z.boolean(),
  unreachable: z
    .array(z.string())
    .optional()
    .describe("Schemas that this server may not reach, if there are any"),
  hint: z.string().optional().describe("What of the database is not listed, and which setting would open it"),
});

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
      answer(context, async () => {
        const listed = await context.database.listTables(schema, signal);
        return { ...listed, ...hintOf(context, listed.unreachable ?? []) };
      }),
  );
}

/** What is not listed as it is out of reach. MariaDB shows nobody what he may not reach, not even that there is something. */
function hintOf({ kind, reachSetting }: ToolContext, unreachable: readonly string[]): { hint?: string } {
  if (kind === "mariadb") {
    if (!reachSetting) return {};
    return {
      hint: `Databases that the setting ${reachSetting} of the stack does not name can't be seen from here`,
    };
  }
  if (unreachable.length === 0) return {};
  const opened = reachSetting ? `; the setting ${reachSetting} of the stack opens them` : "";
  return { hint: `This server may not reach the schemas ${unreachable.join(", ")}${opened}` };
}
