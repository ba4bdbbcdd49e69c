import { ToldError } from "./told-error";

/** How many names an error tells at the most. */
const MOST = 20;

/** How many names to ask the database for: one more than are told, so that it is seen whether there are more. */
export const NAMES_ASKED = MOST + 1;

/** A schema or a table that is not there, or that the user may not see. */
export class UnknownNameError extends ToldError {
  constructor(
    /** A schema may be there and out of reach. */
    readonly what: "schema" | "table",
    message: string,
  ) {
    super(message);
  }
}

export function unknownSchema(schema: string, there: readonly string[]): UnknownNameError {
  return new UnknownNameError(
    "schema",
    `schema: there is no "${schema}" that this user may see; there ${named(there)}`,
  );
}

/** @param schema where it was looked for; undefined where the database looked on its search path. */
export function unknownTable(
  table: string,
  schema: string | undefined,
  there: readonly string[],
): UnknownNameError {
  const where =
    schema === undefined ? "where the database looks without a schema" : `in the schema "${schema}"`;
  return new UnknownNameError(
    "table",
    `table: there is no "${table}" ${where}; there ${named(there)}. list_tables shows those of every schema`,
  );
}

function named(names: readonly string[]): string {
  if (names.length === 0) return "is none";
  const told = names.slice(0, MOST).map((name) => `"${name}"`);
  if (names.length > MOST) return `are ${told.join(", ")} and more`;
  return `${told.length === 1 ? "is" : "are"} ${told.join(", ")}`;
}
