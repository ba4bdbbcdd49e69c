import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { long, seed, seeded } from "../../../../test/rounds";
import type { Database, Value } from "../../src/database";
import { openDatabase } from "../../src/open-database";
import { describeWith } from "../support";
import { agrees } from "./agree";
import { type Client, clientOf } from "./clients";
import { type Cell, cells, mariadbTypes, postgresTypes } from "./values";

/** How many generated statements a test runs. */
const numRuns = long ? 1000 : 40;

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

describeWith("postgres", seeded("values are what psql prints"), (settings) => {
  const schema = `v${randomBytes(4).toString("hex")}`;
  const made = (name: string) => `${schema}."${name}"`;
  const types = postgresTypes(made);
  let database: Database;
  let psql: Client;
  const execute = (sql: string) => database.execute({ sql, parameters: [] });

  beforeAll(async () => {
    database = openDatabase(settings);
    psql = clientOf(settings);
    await execute(`CREATE SCHEMA ${schema}`);
    await execute(`CREATE TYPE ${made("Mood")} AS ENUM ('happy', 'so so', 'NULL', 'a"b')`);
    await execute(`CREATE DOMAIN ${made("positive")} AS int CHECK (value > 0)`);
    await execute(`CREATE DOMAIN ${made("moods")} AS ${made("Mood")}[]`);
    await execute(`CREATE TYPE ${made("pair")} AS (a int, b text)`);
  });
  afterAll(async () => {
    await execute(`DROP SCHEMA ${schema} CASCADE`);
    await Promise.all([database.close(), psql.end()]);
  });

  const literal = ({ type, text }: Cell) => (text === null ? `NULL::${type}` : `${quoted(text)}::${type}`);

  test("of every type", async () => {
    await fc.assert(
      fc.asyncProperty(cells(types), async (row) => {
        const sql = `SELECT ${row.map((cell, index) => `${literal(cell)} AS "c ${index}"`).join(", ")}`;
        const answer = await database.query({ sql, parameters: [] });
        const said = await psql.run(sql);
        expect(said.error).toBeUndefined();
        expect(answer.columns.map(({ name }) => name)).toEqual(said.columns);
        const [given = {}] = answer.rows;
        for (const [index, { name, type }] of answer.columns.entries())
          expect([
            row[index],
            given[name],
            said.rows[0]?.[index],
            agrees(given[name], said.rows[0]?.[index] ?? null, type),
          ]).toEqual([row[index], given[name], said.rows[0]?.[index], true]);
        const described = await psql.run(`${sql}\n\\gdesc`);
        expect(answer.columns.map(({ type }) => type)).toEqual(
          described.rows.map(([, type]) => type?.replace(/\([\d,]+\)/, "")),
        );
      }),
      { seed, numRuns },
    );
  });

  test("in lists of every type", async () => {
    const arrays = cells(types).chain((row) =>
      fc.record({ row: fc.constant(row), twice: fc.boolean(), most: fc.nat(3) }),
    );
    await fc.assert(
      fc.asyncProperty(arrays, async ({ row: [first], twice, most }) => {
        const type = first?.type ?? "";
        const element = types[type] ?? fc.constant("");
        const items = fc.sample(fc.option(element), { numRuns: most, seed: most + 1 });
        const list = `[${items.map((text) => literal({ type, text })).join(", ")}]`;
        const array = `ARRAY${twice ? `[${list}, ${list}]` : list}::${type}[]`;
        const answer = await database.query({ sql: `SELECT ${array} AS a`, parameters: [] });
        const said = await psql.run(`SELECT array_dims(a), unnest(a) FROM (SELECT ${array} AS a) s`);
        const lists = answer.rows[0]?.["a"] as Value[];
        const flat = twice ? lists.flat() : lists;
        const dimensions = twice ? `[1:2][1:${most}]` : `[1:${most}]`;
        expect(said.rows.every(([dims]) => dims === dimensions)).toBe(true);
        expect(flat).toHaveLength(said.rows.length);
        const scalar = (await psql.run(`SELECT format_type(${quoted(type)}::regtype, NULL)`)).rows[0]?.[0];
        const base = /positive/.test(scalar ?? "") ? "integer" : (scalar ?? "");
        for (const [index, [, text]] of said.rows.entries()) {
          const value = flat[index];
          // Of a list in a list by a domain, psql prints the literal.
          if (Array.isArray(value)) expect(text).toMatch(/^\{/);
          else
            expect([array, value, text, agrees(value, text ?? null, base)]).toEqual([
              array,
              value,
              text,
              true,
            ]);
        }
      }),
      { seed, numRuns },
    );
  });

  test("also where a value is sent as it came", async () => {
    await fc.assert(
      fc.asyncProperty(cells(types), async (row) => {
        const sql = `SELECT ${row.map((cell, index) => `${literal(cell)} AS c${index}`).join(", ")}`;
        const { rows } = await database.query({ sql, parameters: [] });
        const parameters = Object.values(rows[0] ?? {});
        const again = `SELECT ${row.map(({ type }, index) => `$${index + 1}::${type} AS c${index}`).join(", ")}`;
        expect((await database.query({ sql: again, parameters })).rows).toEqual(rows);
      }),
      { seed, numRuns },
    );
  });

  test("a JSON document's null is not NULL, and there are rows without columns", async () => {
    const sql = `SELECT 'null'::jsonb AS a, NULL::jsonb AS b, '"null"'::jsonb AS c, ARRAY['null'::json, NULL] AS d`;
    expect((await database.query({ sql, parameters: [] })).rows).toEqual([
      { a: "null", b: null, c: '"null"', d: ["null", null] },
    ]);
    expect(await execute("SELECT FROM generate_series(1, 3)")).toMatchObject({
      affectedRows: 0,
      rows: [{}, {}, {}],
    });
  });
});

describeWith("mariadb", seeded("values are what its client prints"), (settings) => {
  const table = `v${randomBytes(4).toString("hex")}`;
  let database: Database;
  let client: Client;
  const execute = (sql: string) => database.execute({ sql, parameters: [] });

  beforeAll(async () => {
    database = openDatabase(settings);
    client = clientOf(settings);
    // Zero dates and the like are of tables that were filled so.
    await client.run("SET sql_mode = 'NO_ENGINE_SUBSTITUTION'");
  });
  afterAll(async () => {
    await Promise.all([database.close(), client.end()]);
  });

  const spatial = (type: string) => /^(?:point|geometry|polygon)/.test(type);
  const literal = ({ type, text }: Cell) => {
    if (text === null) return "NULL";
    if (spatial(type)) return `ST_GeomFromText('${text}')`;
    if (/^(?:var)?binary|blob/.test(type)) return `x'${text}'`;
    return type.startsWith("bit") ? text : quoted(text.replaceAll("\\", "\\\\"));
  };

  test("of every type, from a column and out of an expression", async () => {
    await fc.assert(
      fc.asyncProperty(cells(mariadbTypes), async (row) => {
        const columns = row.map(({ type }, index) => `c${index} ${type} NULL`).join(", ");
        await client.run(`CREATE TABLE ${table} (${columns})`);
        try {
          const inserted = await client.run(`INSERT INTO ${table} VALUES (${row.map(literal).join(", ")})`);
          expect(inserted.error).toBeUndefined();
          const each = (expression: (name: string) => string) =>
            row.map((_, index) => `${expression(`c${index}`)} AS e${index}`).join(", ");
          const select = `SELECT *, ${each((name) => `COALESCE(${name}, ${name})`)} FROM ${table}`;
          const seen = (name: string) => {
            const type = row[Number(name.slice(1))]?.type ?? "";
            // Of an expression of bits the client prints the digits' bytes.
            if (type.startsWith("bit"))
              return `CONCAT('0x', LPAD(HEX(${name} + 0), ${type === "bit(1)" ? 2 : 4}, '0'))`;
            return spatial(type) ? `ST_AsGeoJSON(${name})` : name;
          };
          const shown = `SELECT ${row.map((_, index) => `${seen(`c${index}`)} AS c${index}`).join(", ")}, ${each(
            (name) => (seen(name) === name ? `COALESCE(${name}, ${name})` : seen(name)),
          )} FROM ${table}`;
          const answer = await database.query({ sql: select, parameters: [] });
          const said = await client.run(shown);
          const [given = {}] = answer.rows;
          for (const [index, { name, type }] of answer.columns.entries()) {
            const cell = row[Number(name.slice(1))];
            const value = given[name];
            const text = said.rows[0]?.[index] ?? null;
            const same = spatial(cell?.type ?? "")
              ? JSON.stringify(JSON.parse(typeof value === "string" ? value : "null")) ===
                JSON.stringify(JSON.parse(text ?? "null"))
              : agrees(value, text, type);
            expect([cell, name, type, value, text, same]).toEqual([cell, name, type, value, text, true]);
          }
        } finally {
          await client.run(`DROP TABLE ${table}`);
        }
      }),
      { seed, numRuns },
    );
  });

  test("a whole number that is sent is written as one", async () => {
    const given = fc.oneof(fc.maxSafeInteger(), fc.integer());
    await execute(`CREATE TABLE ${table} (t text, b bigint)`);
    try {
      await fc.assert(
        fc.asyncProperty(given, async (number) => {
          await database.execute({ sql: `INSERT INTO ${table} VALUES (?, ?)`, parameters: [number, number] });
          const said = await client.run(`SELECT t, b FROM ${table}`);
          expect(said.rows).toEqual([[String(number), String(number)]]);
          expect((await execute(`DELETE FROM ${table}`)).affectedRows).toBe(1);
        }),
        { seed, numRuns: Math.ceil(numRuns / 2) },
      );
    } finally {
      await execute(`DROP TABLE ${table}`);
    }
  });

  test("a JSON document's null is not NULL", async () => {
    const sql = `SELECT JSON_EXTRACT('{"a": null, "b": "null"}', '$.a') AS a, NULL AS b, JSON_EXTRACT('{"b": "null"}', '$.b') AS c`;
    expect((await database.query({ sql, parameters: [] })).rows).toEqual([
      { a: "null", b: null, c: '"null"' },
    ]);
  });
});
