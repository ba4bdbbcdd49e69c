import { z } from "zod";
import type { ToolContext } from "./context";
import { answer } from "./result";
import { statement } from "./schemas";

const input = statement.extend({
  analyze: z
    .boolean()
    .default(false)
    .describe("Run the statement as well, and measure it; only one that reads can be"),
});
const output = z.object({ plan: z.json().describe("The plan in the database's own JSON format") });

/** `explain`: how the database would run a statement. */
export function registerExplain(context: ToolContext): void {
  context.server.registerTool(
    "explain",
    {
      title: "Explain",
      description: "Shows the plan of one SQL statement, without running it unless `analyze` asks for that.",
      inputSchema: input,
      outputSchema: output,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ sql, parameters, analyze }, { mcpReq: { signal } }) =>
      answer(context, async () => ({
        plan: await context.database.explain({ sql, parameters }, analyze, signal),
      })),
  );
}
