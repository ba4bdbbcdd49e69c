import { assertReads } from "../statement";
import type { ToolContext } from "./context";
import { answer } from "./result";
import { forms, rows, statement } from "./schemas";

/** `query`: one statement that reads. */
export function registerQuery(context: ToolContext): void {
  const { rows: most, milliseconds } = context.limits;
  context.server.registerTool(
    "query",
    {
      title: "Query",
      description:
        "Runs one SQL statement that reads, in a read-only transaction, and returns its rows. " +
        `At most ${most} rows; the database may work on it for ${milliseconds / 1000} s. ` +
        forms[context.kind],
      inputSchema: statement,
      outputSchema: rows,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ sql, parameters }, { mcpReq: { signal } }) =>
      answer(context, async () => {
        assertReads(sql, context.kind);
        const result = await context.database.query({ sql, parameters }, signal);
        return { ...result, rowCount: result.rows.length };
      }),
  );
}
