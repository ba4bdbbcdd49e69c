import { z } from "zod";
import type { Value } from "../database";

const value = z.json() as unknown as z.ZodType<Value>;

/** The input of the tools that take a statement. */
export const statement = z.object({
  sql: z.string().min(1).describe("One SQL statement"),
  parameters: z
    .array(value)
    .default([])
    .describe("Values for the statement's parameters: $1, $2… in PostgreSQL, ? in MariaDB"),
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
