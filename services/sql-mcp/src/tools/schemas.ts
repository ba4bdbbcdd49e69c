import { z } from "zod";
import type { Value } from "../database";

const value = z.json() as unknown as z.ZodType<Value>;

/** A value that came as it was sent: JSON's numbers keep no whole number beyond 2^53, and another row would be meant. */
const parameter = value.refine((given) => isExact(given), {
  error: "has a whole number beyond 2^53, which was changed on its way; give it as text",
});

function isExact(given: Value): boolean {
  if (typeof given === "number") return !Number.isInteger(given) || Number.isSafeInteger(given);
  return typeof given !== "object" || given === null || Object.values(given).every((part) => isExact(part));
}

/** The input of the tools that take a statement. */
export const statement = z.object({
  sql: z.string().min(1).describe("One SQL statement"),
  parameters: z
    .array(parameter)
    .default([])
    .describe(
      "Values for the statement's parameters: $1, $2… in PostgreSQL, ? in MariaDB. Whole numbers beyond 2^53 as text",
    ),
});

export const rows = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.record(z.string(), value)),
  rowCount: z.number().int().describe("How many rows are given here"),
  truncated: z.boolean().describe("Whether rows were left out because of the limits"),
});

export const table = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  estimatedRows: z.number().nullable().describe("The planner's estimate, null where there is none"),
  comment: z.string().nullable(),
});

export const tableDescription = table.extend({
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      nullable: z.boolean(),
      default: z.string().nullable(),
      generated: z.string().nullable(),
      comment: z.string().nullable(),
    }),
  ),
  primaryKey: z.array(z.string()),
  foreignKeys: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      references: z.object({ schema: z.string(), table: z.string(), columns: z.array(z.string()) }),
    }),
  ),
  indexes: z.array(
    z.object({ name: z.string(), columns: z.array(z.string()), unique: z.boolean(), method: z.string() }),
  ),
  checks: z.array(z.object({ name: z.string(), definition: z.string() })),
});
