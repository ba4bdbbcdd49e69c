import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { long, seed, seeded } from "../../../../test/rounds";
import type { Database, Value } from "../../src/database";
import { openDatabase } from "../../src/open-database";
import type { Settings } from "../../src/settings";
import { describeWith } from "../support";
import { agrees } from "./agree";
import { type Client, clientOf } from "./clients";

/** How many generated statements a test runs. */
const numRuns = long ? 1000 : 40;

const number = fc.integer({ min: -2, max: 12 });
const row = fc.tuple(number, number, fc.constantFrom("NULL", "''", "'x'", "'日😀'"));
const rows = fc
  .array(row, { minLength: 1, maxLength: 4 })
  .map((all) => all.map((one) => `(${one.join(", ")})`).join(", "));
const condition = fc.oneof(
  number.map((below) => `id < ${below}`),
  number.map((other) => `a = ${other}`),
  fc.constantFrom("s IS NULL", "1 = 1", "id / 0 = 1", "nosuch = 1"),
);
const change = fc.constantFrom("a = a + 1", "s = 'y'", "a = a", "id = id + 1", "id = 3", "s = NULL");
const returning = fc.constantFrom("", "", " RETURNING *", ' RETURNING id, s AS "what it says"');
const join = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((texts) => texts.join(""));

/** Statements about `T`, a table (id primary key, a with a check that it is below 11, s text), in both dialects. */
const common = [
  join("INSERT INTO T VALUES ", rows, returning),
  join("INSERT INTO T SELECT id + 100, a, s FROM T WHERE ", condition, returning),
  join("UPDATE T SET ", change, " WHERE ", condition),
  join("DELETE FROM T WHERE ", condition, returning),
  join("SELECT * FROM T WHERE ", condition, " ORDER BY id"),
  join("CREATE TABLE T_more AS SELECT * FROM T WHERE ", condition),
  fc.constantFrom(
    ...[
      "CREATE TABLE T_more (id int)",
      "CREATE INDEX T_i ON T (a)",
      "CREATE VIEW T_view AS SELECT id FROM T",
    ],
    ...[
      "TRUNCATE TABLE T",
      "ALTER TABLE T ADD more int DEFAULT 1",
      "DROP TABLE T_none",
      "INSERT INTO T VALUES (1)",
    ],
    ...[
      "SELECT nosuch(1)",
      "SELEC 1",
      "INSERT INTO T (s) VALUES ('no key')",
      "SELECT 1 AS a, 2 AS b, NULL AS c",
    ],
  ),
];

const dialects = {
  postgres: [
    ...common,
    join("UPDATE T SET ", change, " WHERE ", condition, returning),
    join("INSERT INTO T VALUES ", rows, " ON CONFLICT DO NOTHING", returning),
    join("INSERT INTO T VALUES ", rows, " ON CONFLICT (id) DO UPDATE SET a = excluded.a", returning),
    join(
      "MERGE INTO T USING (VALUES ",
      rows,
      ") n (id, a, s) ON T.id = n.id WHEN MATCHED THEN UPDATE SET a = n.a WHEN NOT MATCHED THEN INSERT VALUES (n.id, n.a, n.s)",
    ),
    join("MERGE INTO T USING T o ON T.id = o.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING"),
    join("WITH gone AS (DELETE FROM T WHERE ", condition, " RETURNING *) SELECT * FROM gone ORDER BY id"),
    join(
      "WITH gone AS (DELETE FROM T WHERE ",
      condition,
      " RETURNING id) UPDATE T SET a = 0 WHERE id IN (SELECT id + 1 FROM gone)",
      returning,
    ),
    join("CREATE MATERIALIZED VIEW T_seen AS SELECT * FROM T WHERE ", condition),
    join("DO $x$ BEGIN DELETE FROM T WHERE ", condition, "; END $x$"),
    fc.constantFrom("SELECT FROM T", "COMMENT ON TABLE T IS 'x'", "VALUES (1, 'a'), (2, NULL)", "ANALYZE T"),
  ],
  mariadb: [
    ...common,
    join("INSERT IGNORE INTO T VALUES ", rows, returning),
    join("INSERT INTO T VALUES ", rows, " ON DUPLICATE KEY UPDATE a = VALUES(a)"),
    join("REPLACE INTO T VALUES ", rows, returning),
    join("UPDATE IGNORE T SET ", change, " WHERE ", condition),
    join("BEGIN NOT ATOMIC DELETE FROM T WHERE ", condition, "; END"),
    join("EXECUTE IMMEDIATE 'UPDATE T SET a = a + 1'"),
    fc.constantFrom("CHECK TABLE T", "SELECT 1 INTO @x", "DO 1", "ANALYZE TABLE T", "CALL nosuch()"),
  ],
};

const counted =
  /^(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|CREATE (?:TABLE|MATERIALIZED VIEW) \w+ AS)|^WITH .* UPDATE/;

describe.each(["postgres", "mariadb"] as const)("%s", (kind) =>
  describeWith(kind, seeded("statements do what its client says"), (settings: Settings) => {
    const prefix = `o${randomBytes(4).toString("hex")}`;
    // The same statement is run here and there, each on a table of its own; both are called alike in messages.
    const here = (sql: string) => sql.replace(/\bT(?=\b|_)/g, `${prefix}a`);
    const there = (sql: string) => sql.replace(/\bT(?=\b|_)/g, `${prefix}b`);
    const alike = (text: string) => text.replaceAll(`${prefix}a`, "T").replaceAll(`${prefix}b`, "T");
    let database: Database;
    let client: Client;

    beforeAll(() => {
      database = openDatabase(settings);
      client = clientOf(settings);
    });
    afterAll(async () => {
      await Promise.all([database.close(), client.end()]);
    });

    const both = (name: string) => `${here(name)}, ${there(name)}`;
    async function clear() {
      // PostgreSQL's views go with what they show.
      if (kind === "mariadb") await client.run(`DROP VIEW IF EXISTS ${both("T_view")}`);
      await client.run(
        `DROP TABLE IF EXISTS ${both("T_more")}, ${both("T")}${kind === "postgres" ? " CASCADE" : ""}`,
      );
    }

    test("what is changed, given and refused", async () => {
      await fc.assert(
        fc.asyncProperty(rows, fc.oneof(...dialects[kind]), async (first, sql) => {
          for (const on of [here, there]) {
            await client.run(
              on("CREATE TABLE T (id int PRIMARY KEY, a int, s varchar(20), CONSTRAINT low CHECK (a < 11))"),
            );
            await client.run(on(`INSERT INTO T VALUES ${first}`));
          }
          try {
            const said = await client.run(there(sql));
            const outcome = await database.execute({ sql: here(sql), parameters: [] }).then(
              (answer) => ({ answer, error: undefined }),
              (error: Error & { code?: string; sqlState?: string; sqlMessage?: string }) => ({
                answer: undefined,
                error,
              }),
            );
            if (said.error || !outcome.answer) {
              const { code, sqlState, sqlMessage, message = "" } = outcome.error ?? {};
              const given = { state: sqlState ?? code, message: alike(sqlMessage ?? message).split("\n")[0] };
              const told = said.error && { ...said.error, message: alike(said.error.message).split("\n")[0] };
              expect({ sql, ...given }).toEqual({ sql, ...told });
            } else {
              const { answer } = outcome;
              const given = answer.rows.map((one) => Object.values(one));
              const same = given.every((one, index) =>
                one.every((value, column) =>
                  agrees(
                    alikeValue(value),
                    alikeText(said.rows[index]?.[column]),
                    answer.columns[column]?.type ?? "",
                  ),
                ),
              );
              expect({ sql, rows: given.length, same, given }).toEqual({
                sql,
                rows: sql.startsWith("SELECT FROM") ? said.count : said.rows.length,
                same: true,
                given,
              });
              // Of a statement that gave the rows it changed, MariaDB's client counts none.
              const count = kind === "mariadb" && said.rows.length > 0 ? said.rows.length : said.count;
              expect({ sql, affected: answer.affectedRows }).toEqual({
                sql,
                affected: counted.test(sql) ? Math.max(count, 0) : answer.affectedRows,
              });
              if (
                /^(?:SELECT|VALUES|ALTER|DROP|TRUNCATE|CREATE (?:INDEX|VIEW)|DO|COMMENT|CHECK|ANALYZE)/.test(
                  sql,
                )
              )
                expect({ sql, affected: answer.affectedRows }).toEqual({ sql, affected: 0 });
            }
            const left = (on: (text: string) => string) => client.run(on("SELECT * FROM T ORDER BY id"));
            expect((await left(here)).rows).toEqual((await left(there)).rows);
          } finally {
            await clear();
          }
        }),
        { seed, numRuns },
      );
    });

    const alikeValue = (value: Value) => (typeof value === "string" ? alike(value) : value);
    const alikeText = (text: string | null | undefined) =>
      typeof text === "string" ? alike(text) : (text ?? null);

    test("plans", async () => {
      const explained = fc.oneof(...common.slice(0, 5)).filter((sql) => !/nosuch|RETURNING/.test(sql));
      await client.run(here("CREATE TABLE T (id int PRIMARY KEY, a int, s varchar(20))"));
      await client.run(here("INSERT INTO T VALUES (1, 2, 'x'), (3, 4, NULL)"));
      try {
        await fc.assert(
          fc.asyncProperty(explained, async (sql) => {
            const plan = await database.explain({ sql: here(sql), parameters: [] }, false);
            const words = kind === "postgres" ? "EXPLAIN (FORMAT JSON)" : "EXPLAIN FORMAT=JSON";
            const said = await client.run(`${words} ${here(sql)}`);
            expect(plan).toEqual(JSON.parse(said.rows[0]?.[0] ?? "null"));
          }),
          { seed, numRuns: Math.ceil(numRuns / 4) },
        );
      } finally {
        await clear();
      }
    });

    test("an error tells its place in the statement that was sent", async () => {
      if (kind === "mariadb") return;
      const failed = await database
        .explain({ sql: "SELECT nosuch", parameters: [] }, false)
        .catch((error: unknown) => error);
      expect(failed).toMatchObject({ position: "8" });
    });
  }),
);
