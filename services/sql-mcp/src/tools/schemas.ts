import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
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
export const statement = argumentsOf({
  sql: z.string().min(1).describe("One SQL statement"),
  parameters: z
    .array(parameter)
    .default([])
    .describe(
      "Values for the statement's parameters: $1, $2… in PostgreSQL, ? in MariaDB. Whole numbers beyond 2^53 as text",
    ),
});

/** How values come, as the tools' descriptions say it. */
export const forms = {
  postgres:
    "Numbers and booleans are JSON's, arrays are lists; whole numbers beyond 2^53, decimals, dates, bytes, JSON documents and all else " +
    "are text as the database writes it. null is NULL; a JSON document's null is the text null.",
  mariadb:
    "Numbers are JSON's; whole numbers beyond 2^53, decimals, dates, JSON documents and all else are text as the database writes it. " +
    "Bytes are hexadecimal, geometries the text of their GeoJSON, bit(1) is true or false. null is NULL; a JSON document's null is " +
    "the text null.",
};

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

const checks = z.array(z.object({ name: z.string(), definition: z.string() }));

export const tableDescription = table.extend({
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      nullable: z.boolean(),
      default: z.string().nullable(),
      generated: z.string().nullable(),
      comment: z.string().nullable(),
      labels: z.array(z.string()).optional().describe("What an enum or a set may hold"),
      domain: z
        .object({ name: z.string(), baseType: z.string(), checks })
        .optional()
        .describe("What the domain allows that is the column's type (PostgreSQL)"),
    }),
  ),
  primaryKey: z.array(z.string()),
  foreignKeys: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      references: z.object({ schema: z.string(), table: z.string(), columns: z.array(z.string()) }),
      onDelete: z.string().describe("NO ACTION, RESTRICT, CASCADE, SET NULL or SET DEFAULT"),
      onUpdate: z.string(),
    }),
  ),
  indexes: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      unique: z.boolean(),
      method: z.string(),
      where: z.string().optional().describe("Which rows are in it, where not all are"),
      include: z.array(z.string()).optional().describe("Further columns that it holds"),
    }),
  ),
  checks,
  partitionKey: z.string().nullable().describe("By what a partitioned table is divided"),
  partitionOf: z
    .object({ schema: z.string(), table: z.string(), rows: z.string() })
    .optional()
    .describe("Of which table it is a partition, and with which rows (PostgreSQL)"),
});
