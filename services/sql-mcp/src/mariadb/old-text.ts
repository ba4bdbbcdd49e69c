/** What a failure of MariaDB says. */
interface Failure {
  errno?: number;
  sqlMessage?: string;
}

const unicode = "CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci";

const incorrectValue = 1366;
const illegalMixes = [1267, 1270, 1271];

/**
 * What mends a failure that comes from text of another character set or collation than the database's own: tables keep theirs,
 * and those of a volume from before text was Unicode are latin1. Undefined for any other failure.
 */
export function textMendedBy({ errno = 0, sqlMessage = "" }: Failure): string | undefined {
  if (errno === incorrectValue) {
    const [, schema, table] =
      /^Incorrect string value: .* for column (`.*`)\.(`.*`)\.`.*` at row/s.exec(sqlMessage) ?? [];
    if (!schema || !table) return undefined;
    return (
      "The column's character set lacks a character of the text. Unicode has all: " +
      `ALTER TABLE ${schema}.${table} CONVERT TO ${unicode}; and for tables that are made later: ALTER DATABASE ${schema} ${unicode}`
    );
  }
  if (!illegalMixes.includes(errno)) return undefined;
  return (
    "Two texts of different collations are compared. What makes a table's the database's own: " +
    `ALTER TABLE … CONVERT TO ${unicode}`
  );
}
