import { z } from "zod";
import { assertLasts } from "../statement";
import type { ToolContext } from "./context";
import { answer } from "./result";
import { forms, rows, statement } from "./schemas";

const output = rows.extend({
  affectedRows: z.number().int().describe("How many rows the statement inserted, changed or deleted"),
  lastInsertId: z.union([z.number(), z.string()]).optional().describe("The first id generated (MariaDB)"),
});

/** `execute`: one statement that may write. Only registered where the settings allow writing. */
export function registerExecute(context: ToolContext): void {
  context.server.registerTool(
    "execute",
    {
      title: "Execute",
      description:
        "Runs one SQL statement that may write, in a transaction of its own that is committed when it succeeds. " +
        "What belongs together is one statement: transactions and settings of a session are refused. " +
        `Returns the number of affected rows, and the rows of RETURNING. ${forms[context.kind]}`,
      inputSchema: statement,
      outputSchema: output,
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: false,
      },
    },
    (input, { mcpReq: { signal } }) =>
      answer(context, async () => {
        assertLasts(input.sql, context.kind);
        const result = await context.database.execute(input, signal);
        return { ...result, rowCount: result.rows.length };
      }),
  );
}
