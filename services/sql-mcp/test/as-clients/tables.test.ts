import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { long, seed, seeded } from "../../../../test/rounds";
import type { Column, Database, ForeignKey, Index, TableDescription } from "../../src/database";
import { openDatabase } from "../../src/open-database";
import { describeWith } from "../support";
import { type Client, clientOf } from "./clients";

/** How many generated tables are described. */
const numRuns = long ? 500 : 15;

/** Names as they come: mixed case, blanks, quotes, other alphabets, words of SQL. */
const name = fc.constantFrom(
  "order",
  "Order",
  "two words",
  'a"b',
  "a`b",
  "a'b",
  "Ærø",
  "æro",
  "日本",
  "x$1",
  "ZIP",
  "zip",
);
const names = (most: number) =>
  fc.uniqueArray(name, {
    minLength: 2,
    maxLength: most,
    // MariaDB takes no two columns whose names its collation calls the same.
    selector: (given) => given.normalize("NFD").toLowerCase().replace("ærø", "æro"),
  });

const types = {
  postgres: [
    "integer",
    "numeric(9,2)",
    "text",
    "character varying(9)",
    "timestamp with time zone",
    "text[]",
    "jsonb",
    "bit(3)",
  ],
  mariadb: [
    "int(11)",
    "decimal(9,2)",
    "varchar(9)",
    "datetime(3)",
    "bigint(20) unsigned",
    "enum('a','b''c')",
    "longblob",
    "double",
  ],
};
const defaults = {
  postgres: [
    ["integer", "7"],
    ["text", "'it''s'::text"],
    ["timestamp with time zone", "now()"],
    ["numeric(9,2)", "(-1.5)"],
  ],
  mariadb: [
    ["int(11)", "7"],
    ["varchar(9)", "'it\\'s'"],
    ["datetime(3)", "current_timestamp(3)"],
    ["decimal(9,2)", "-1.50"],
  ],
} as const;

const actions = fc.constantFrom(
  "",
  " ON DELETE CASCADE",
  " ON UPDATE CASCADE",
  " ON DELETE SET NULL ON UPDATE CASCADE",
  " ON DELETE RESTRICT",
);

/** A table, by its parts. */
const tables = (kind: "postgres" | "mariadb") =>
  fc.record({
    table: name,
    columns: names(6).chain((all) =>
      fc.tuple(
        ...all.map((column) =>
          fc.oneof(
            fc.record({
              column: fc.constant(column),
              type: fc.constantFrom(...types[kind]),
              otherwise: fc.constant(""),
            }),
            fc.constantFrom(...defaults[kind]).map(([type, otherwise]) => ({ column, type, otherwise })),
          ),
        ),
      ),
    ),
    required: fc.nat(5),
    generated: fc.boolean(),
    expression: fc.boolean(),
    unique: fc.boolean(),
    action: actions,
    check: fc.boolean(),
  });

describe.each(["postgres", "mariadb"] as const)("%s", (kind) =>
  describeWith(kind, seeded("tables are described as its client does"), (settings) => {
    const prefix = `d${randomBytes(4).toString("hex")}`;
    const mark = kind === "postgres" ? '"' : "`";
    const quoted = (text: string) => mark + text.replaceAll(mark, mark + mark) + mark;
    const schema = kind === "postgres" ? prefix : settings.connection.database;
    let database: Database;
    let client: Client;
    const run = async (sql: string) => expect([sql, (await client.run(sql)).error]).toEqual([sql, undefined]);

    beforeAll(async () => {
      database = openDatabase(settings);
      client = clientOf(settings);
      if (kind === "postgres") {
        await run(`CREATE SCHEMA ${prefix}`);
        await run(`SET search_path = ${prefix}`);
      }
    });
    afterAll(async () => {
      if (kind === "postgres") await run(`DROP SCHEMA ${prefix} CASCADE`);
      await Promise.all([database.close(), client.end()]);
    });

    test("of every shape", async () => {
      await fc.assert(
        fc.asyncProperty(tables(kind), async (given) => {
          const table = `${prefix} ${given.table}`;
          const parent = `${prefix} parent`;
          const target = quoted(table);
          const parts = given.columns.map(
            ({ column, type, otherwise }, index) =>
              `${quoted(column)} ${type}${otherwise === "" ? "" : ` DEFAULT ${otherwise}`}${index === given.required ? " NOT NULL" : ""}`,
          );
          if (given.generated)
            parts.push(
              `${quoted("Made")} int GENERATED ALWAYS AS (${quoted("Key")} + 1) ${kind === "postgres" ? "STORED" : "PERSISTENT"}`,
            );
          if (given.check) parts.push(`CONSTRAINT ${quoted("Low Key")} CHECK (${quoted("Key")} < 100)`);
          await run(`CREATE TABLE ${quoted(parent)} (id int PRIMARY KEY)`);
          await run(
            `CREATE TABLE ${target} (${quoted("Key")} int PRIMARY KEY, ${quoted("to")} int, ${parts.join(", ")}, ` +
              `CONSTRAINT ${quoted("to parent")} FOREIGN KEY (${quoted("to")}) REFERENCES ${quoted(parent)} (id)${given.action})`,
          );
          const first = quoted(given.columns[0]?.column ?? "");
          const indexed =
            kind === "postgres" && given.expression
              ? `${quoted("to")}, (${quoted("Key")} + 1)`
              : `${quoted("to")}, ${quoted("Key")}`;
          const partial =
            kind === "postgres" && given.unique ? ` INCLUDE (${first}) WHERE ${quoted("Key")} > 0` : "";
          await run(
            `CREATE ${given.unique ? "UNIQUE " : ""}INDEX ${quoted("By to")} ON ${target} (${indexed})${partial}`,
          );
          await run(`CREATE VIEW ${quoted(`${table} v`)} AS SELECT ${first} FROM ${target}`);
          try {
            const described = await database.describeTable(table, schema);
            if (kind === "postgres") expectAsPsql(described, await printed(`\\d ${target}`));
            else
              expectAsMariadb(
                described,
                (await client.run(`SHOW CREATE TABLE ${target}`)).rows[0]?.[1] ?? "",
              );
            const view = await database.describeTable(`${table} v`, schema);
            expect([view.kind, view.columns.map((column) => column.name)]).toEqual([
              "view",
              [given.columns[0]?.column],
            ]);
            const { tables: listed } = await database.listTables(schema);
            const shown = await client.run(
              kind === "postgres"
                ? `SELECT relname FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1`
                : `SHOW TABLES LIKE '${prefix}%'`,
            );
            expect(
              listed
                .map((one) => one.name)
                .filter((one) => one.startsWith(prefix))
                .sort(),
            ).toEqual(shown.rows.map(([one]) => one).sort());
          } finally {
            await run(`DROP VIEW IF EXISTS ${quoted(`${table} v`)}`);
            await run(`DROP TABLE IF EXISTS ${target}`);
            await run(`DROP TABLE ${quoted(parent)}`);
          }
        }),
        { seed, numRuns },
      );
    });

    const printed = async (command: string) => (await client.run(command)).rows;

    test("that differ in case and accents alone", async () => {
      const both = [`${prefix}_zip`, `${prefix}_ZIP`, `${prefix}_zíp`];
      for (const [index, table] of both.entries())
        await run(
          `CREATE TABLE ${quoted(table)} (c${index} int PRIMARY KEY, CONSTRAINT ${quoted(`k${index}`)} CHECK (c${index} > ${index}))`,
        );
      try {
        for (const [index, table] of both.entries()) {
          const { columns, primaryKey, checks, indexes } = await database.describeTable(table, schema);
          expect([
            columns.map((column) => column.name),
            primaryKey,
            checks.map((check) => check.name),
            indexes.length,
          ]).toEqual([[`c${index}`], [`c${index}`], [`k${index}`], 1]);
        }
      } finally {
        for (const table of both) await run(`DROP TABLE ${quoted(table)}`);
      }
    });
  }),
);

/** The columns and the lines below them, as `\d` prints them. */
function expectAsPsql(described: TableDescription, records: (string | null)[][]) {
  const [, ...rest] = records;
  const columns = rest.filter((record) => record.length === 5);
  expect(described.columns.map(lineOf)).toEqual(
    columns.map(([name, type, , nullable, otherwise]) => [name, type, nullable, otherwise]),
  );
  const lines = rest
    .filter((record) => record.length === 1)
    .flatMap(([line]) => (line ?? "").split("\n"))
    .filter((line) => line.startsWith("    "))
    .map((line) => line.trim());
  const own = [
    ...described.indexes.map((index) => indexLine(index, described)),
    ...described.checks.map(({ name, definition }) => `"${name}" ${definition}`),
    ...described.foreignKeys.map(keyLine),
  ];
  const unquoted = (line: string) => line.replace(/["']/g, "");
  expect(own.map((line) => unquoted(line)).sort()).toEqual(lines.map(unquoted).sort());
}

function lineOf(column: Column) {
  const otherwise =
    column.generated === null ? (column.default ?? "") : `generated always as (${column.generated}) stored`;
  return [column.name, column.type, column.nullable ? "" : "not null", otherwise];
}

function indexLine(
  { name, columns, unique, method, where, include }: Index,
  { primaryKey }: TableDescription,
) {
  const isPrimary = unique && where === undefined && columns.join() === primaryKey.join();
  const word = isPrimary ? "PRIMARY KEY, " : unique ? "UNIQUE, " : "";
  const held = include ? ` INCLUDE (${include.join(", ")})` : "";
  return `${name} ${word}${method} (${columns.join(", ")})${held}${where ? ` WHERE ${where}` : ""}`;
}

function keyLine({ name, columns, references, onDelete, onUpdate }: ForeignKey) {
  const actions = [
    onUpdate === "NO ACTION" ? "" : ` ON UPDATE ${onUpdate}`,
    onDelete === "NO ACTION" ? "" : ` ON DELETE ${onDelete}`,
  ];
  return `${name} FOREIGN KEY (${columns.join(", ")}) REFERENCES ${references.table}(${references.columns.join(", ")})${actions.join("")}`;
}

/** Each part of `SHOW CREATE TABLE`. */
function expectAsMariadb(described: TableDescription, statement: string) {
  const quoted = (name: string | undefined) => `\`${(name ?? "").replaceAll("`", "``")}\``;
  const lines = statement.split("\n").map((line) => line.trim().replace(/,$/, ""));
  const columns = lines.filter((line) => line.startsWith("`"));
  expect(described.columns).toHaveLength(columns.length);
  for (const [index, column] of described.columns.entries()) {
    const line = columns[index] ?? "";
    expect(line.startsWith(`${quoted(column.name)} ${column.type}`)).toBe(true);
    if (column.generated === null) {
      expect([line, line.includes("NOT NULL")]).toEqual([line, !column.nullable]);
      const [, otherwise = null] = / DEFAULT (?!NULL)(.*?)$/.exec(line) ?? [];
      expect([line, column.default]).toEqual([line, otherwise]);
    } else expect(line).toContain(`GENERATED ALWAYS AS (${column.generated}) STORED`);
  }
  const rest = lines.filter((line) => /^(?:PRIMARY|UNIQUE|KEY|CONSTRAINT)/.test(line));
  const own = [
    ...described.indexes.map(({ name, columns: of, unique }) => {
      const word = name === "PRIMARY" ? "PRIMARY KEY" : `${unique ? "UNIQUE KEY" : "KEY"} ${quoted(name)}`;
      return `${word} (${of.map(quoted).join(",")})`;
    }),
    ...described.checks.map(({ name, definition }) => `CONSTRAINT ${quoted(name)} CHECK (${definition})`),
    ...described.foreignKeys.map(({ name, columns: of, references, onDelete, onUpdate }) => {
      const does = (on: string, what: string) => (what === "RESTRICT" ? "" : ` ON ${on} ${what}`);
      const to = `${quoted(references.table)} (${references.columns.map(quoted).join(", ")})`;
      return `CONSTRAINT ${quoted(name)} FOREIGN KEY (${of.map(quoted).join(", ")}) REFERENCES ${to}${does("DELETE", onDelete)}${does("UPDATE", onUpdate)}`;
    }),
  ];
  expect(own.sort()).toEqual(rest.map((line) => line.replace(" ON DELETE RESTRICT", "")).sort());
}
