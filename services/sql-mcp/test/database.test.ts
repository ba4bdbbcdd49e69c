import { randomBytes } from "node:crypto";
import type { Database, Value } from "../src/database";
import { describeFailure } from "../src/errors";
import { openDatabase } from "../src/open-database";
import { ResultTooLargeError } from "../src/rows";
import { UnknownNameError } from "../src/unknown-name";
import { describeWith } from "./support";

/** A table of each kind of column, and what reading it back must give. */
const SAMPLES: Record<string, { columns: string; values: string; expected: Record<string, Value> }> = {
  postgres: {
    columns: `id int primary key, big int8, price numeric(30,10), ratio float8, flag bool, note text, doc jsonb,
      huge_doc json, raw bytea, day date, at timestamp, tags text[], bigs int8[], mood MOOD, moods MOOD[], days date[], docs jsonb[], uid uuid`,
    values: `1, 9007199254740993, 12345678901234567890.1, 'NaN', true, 'ÆØÅ "x"', '{"a":[1,2]}',
      '{"n":12345678901234567890}', '\\xdeadbeef', '2026-02-28', '2026-02-28 12:00:00', '{a,"b,c"}',
      '{1,9007199254740993}', 'happy', '{sad,NULL}', '{2026-02-28}',
      ARRAY['{"a":[1]}'::jsonb], '8b5f5f1e-8f0e-4f5e-9b0a-1e2d3c4b5a69'`,
    expected: {
      id: 1,
      big: "9007199254740993",
      price: "12345678901234567890.1000000000",
      ratio: "NaN",
      flag: true,
      note: 'ÆØÅ "x"',
      doc: '{"a": [1, 2]}',
      huge_doc: '{"n":12345678901234567890}',
      raw: "\\xdeadbeef",
      day: "2026-02-28",
      at: "2026-02-28 12:00:00",
      tags: ["a", "b,c"],
      bigs: [1, "9007199254740993"],
      mood: "happy",
      moods: ["sad", null],
      days: ["2026-02-28"],
      docs: ['{"a": [1]}'],
      uid: "8b5f5f1e-8f0e-4f5e-9b0a-1e2d3c4b5a69",
    },
  },
  mariadb: {
    columns: `id int primary key, big bigint, ubig bigint unsigned, price decimal(30,10), ratio double, flag bit(1),
      note text character set utf8mb4, doc json, huge_doc json, raw varbinary(10), day date, at datetime(3),
      mood enum('happy','sad'), uid uuid, span time`,
    values: `1, 9007199254740993, 18446744073709551615, 12345678901234567890.1, 0.5, 1, 'ÆØÅ "x"', '{"a":[1,2]}',
      '{"n":12345678901234567890}', x'deadbeef', '2026-02-28', '2026-02-28 12:00:00.125', 'happy',
      '8b5f5f1e-8f0e-4f5e-9b0a-1e2d3c4b5a69', '-10:00:00'`,
    expected: {
      id: 1,
      big: "9007199254740993",
      ubig: "18446744073709551615",
      price: "12345678901234567890.1000000000",
      ratio: 0.5,
      flag: true,
      note: 'ÆØÅ "x"',
      doc: '{"a":[1,2]}',
      huge_doc: '{"n":12345678901234567890}',
      raw: "0xDEADBEEF",
      day: "2026-02-28",
      at: "2026-02-28 12:00:00.125",
      mood: "happy",
      uid: "8b5f5f1e-8f0e-4f5e-9b0a-1e2d3c4b5a69",
      span: "-10:00:00",
    },
  },
};

describe.each(["postgres", "mariadb"] as const)("%s", (kind) =>
  describeWith(kind, "a database", (settings) => {
    // A name of its own for each run, so that runs side by side don't meet.
    const prefix = `t${randomBytes(4).toString("hex")}`;
    const table = `${prefix}_sample`;
    const parameter = (index: number) => (kind === "postgres" ? `$${index}` : "?");
    const sample = SAMPLES[kind] ?? { columns: "", values: "", expected: {} };
    let database: Database;
    const query = (sql: string, ...parameters: Value[]) => database.query({ sql, parameters });
    const execute = (sql: string, ...parameters: Value[]) => database.execute({ sql, parameters });

    beforeAll(async () => {
      database = openDatabase(settings);
      if (kind === "postgres") await execute(`CREATE TYPE ${prefix}_mood AS ENUM ('happy', 'sad')`);
      await execute(`CREATE TABLE ${table} (${sample.columns.replaceAll("MOOD", `${prefix}_mood`)})`);
      await execute(`INSERT INTO ${table} VALUES (${sample.values})`);
      await execute(`CREATE TABLE ${prefix}_child (
        id int primary key, sample_id int not null, amount int default 3 CHECK (amount > 0),
        CONSTRAINT ${prefix}_fk FOREIGN KEY (sample_id) REFERENCES ${table} (id) ON DELETE CASCADE)`);
      await execute(`CREATE UNIQUE INDEX ${prefix}_both ON ${prefix}_child (sample_id, amount)`);
    });
    afterAll(async () => {
      await execute(`DROP TABLE IF EXISTS ${prefix}_child`);
      await execute(`DROP TABLE IF EXISTS ${table}`);
      if (kind === "postgres") await execute(`DROP TYPE IF EXISTS ${prefix}_mood`);
      await database.close();
    });

    test("values come without loss", async () => {
      const { rows, columns, truncated } = await query(
        `SELECT * FROM ${table} WHERE id = ${parameter(1)}`,
        1,
      );
      expect(rows).toEqual([sample.expected]);
      expect(truncated).toBe(false);
      expect(columns.find(({ name }) => name === "doc")?.type).toMatch(/^jsonb?$/);
      if (kind === "postgres")
        expect(columns.find(({ name }) => name === "mood")?.type).toBe(`${prefix}_mood`);
    });

    test("columns of the same name keep their values", async () => {
      const { rows } = await query("SELECT 1 AS a, 2 AS a, 3 AS a");
      expect(rows).toEqual([{ a: 1, a_2: 2, a_3: 3 }]);
    });

    test("tables are listed and described", async () => {
      const { tables } = await database.listTables();
      const listed = tables.find(({ name }) => name === table);
      expect(listed).toMatchObject({ name: table });
      expect(tables.some(({ schema }) => /^(pg_|information_schema|mysql|sys)/.test(schema))).toBe(false);
      const child = await database.describeTable(`${prefix}_child`);
      expect(child).toMatchObject({
        primaryKey: ["id"],
        foreignKeys: [
          {
            name: `${prefix}_fk`,
            columns: ["sample_id"],
            references: { schema: listed?.schema, table, columns: ["id"] },
            onDelete: "CASCADE",
            onUpdate: kind === "postgres" ? "NO ACTION" : "RESTRICT",
          },
        ],
      });
      expect(child?.columns.map(({ name, nullable }) => [name, nullable])).toEqual([
        ["id", false],
        ["sample_id", false],
        ["amount", true],
      ]);
      expect(child?.columns[2]?.default).toBe("3");
      expect(child?.indexes).toContainEqual(
        expect.objectContaining({ name: `${prefix}_both`, columns: ["sample_id", "amount"], unique: true }),
      );
      expect(child?.checks).toHaveLength(1);
      expect(await database.describeTable(`${prefix}_child`, listed?.schema)).toEqual(child);
    });

    test("a name that is not there is an error that tells which are", async () => {
      const schema = kind === "postgres" ? "public" : settings.connection.database;
      await expect(database.listTables("no such schema")).rejects.toThrow(UnknownNameError);
      await expect(database.listTables("no such schema")).rejects.toThrow(
        new RegExp(`no "no such schema" that this user may see; there (is|are) .*"${schema}"`),
      );
      await expect(database.describeTable(table, "no such schema")).rejects.toThrow(
        /^schema: .*"no such schema"/,
      );
      await expect(database.describeTable("no_such_table")).rejects.toThrow(
        /^table: there is no "no_such_table".*; there are? "/,
      );
      await expect(database.describeTable("no_such_table", schema)).rejects.toThrow(
        new RegExp(`in the schema "${schema}"; there .*`),
      );
      // The database's own are named by nobody, and there all the same.
      const own = await database.listTables("information_schema");
      expect(own.tables.length).toBeGreaterThan(10);
    });

    test("what a type allows, and by what a table is divided, is described", async () => {
      const made = `${prefix}_kinds`;
      if (kind === "postgres") {
        await execute(`CREATE DOMAIN ${made}_small AS numeric(4,1) CONSTRAINT small CHECK (value < 10)`);
        await execute(`CREATE DOMAIN ${made}_tiny AS ${made}_small CONSTRAINT tiny CHECK (value > 0)`);
        await execute(
          `CREATE TABLE ${made} (day date, mood ${prefix}_mood, moods ${prefix}_mood[], tiny ${made}_tiny) PARTITION BY RANGE (day)`,
        );
        await execute(
          `CREATE TABLE ${made}_1 PARTITION OF ${made} FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
        );
      } else {
        await execute(
          `CREATE TABLE ${made} (day date, mood enum('happy','so so','a''b'), moods set('x','y')) PARTITION BY RANGE (YEAR(day)) ` +
            "(PARTITION p0 VALUES LESS THAN (2026), PARTITION p1 VALUES LESS THAN MAXVALUE)",
        );
      }
      try {
        const { columns, partitionKey } = await database.describeTable(made);
        const labels = columns.map((column) => column.labels);
        if (kind === "postgres") {
          const moods = ["happy", "sad"];
          expect(labels).toEqual([undefined, moods, moods, undefined]);
          expect(columns[3]?.domain).toEqual({
            name: `${made}_tiny`,
            baseType: "numeric(4,1)",
            checks: [
              { name: "tiny", definition: expect.stringMatching(/^CHECK \(.*>/) as unknown },
              { name: "small", definition: expect.stringMatching(/^CHECK \(.*</) as unknown },
            ],
          });
          expect(partitionKey).toBe("RANGE (day)");
          expect((await database.describeTable(`${made}_1`)).partitionOf).toEqual({
            schema: "public",
            table: made,
            rows: "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
          });
        } else {
          expect(labels).toEqual([undefined, ["happy", "so so", "a'b"], ["x", "y"]]);
          expect(partitionKey).toMatch(/^RANGE \(year\(`day`\)\)$/i);
        }
      } finally {
        await execute(`DROP TABLE ${made}`);
        if (kind === "postgres") await execute(`DROP DOMAIN ${made}_tiny, ${made}_small`);
      }
    });

    test("execute says what it changed", async () => {
      const inserted = await execute(
        `INSERT INTO ${prefix}_child VALUES (${[1, 2, 3].map(parameter).join(",")}) RETURNING id, amount`,
        7,
        1,
        5,
      );
      expect(inserted).toMatchObject({ affectedRows: 1, rows: [{ id: 7, amount: 5 }] });
      expect((await execute(`UPDATE ${prefix}_child SET amount = amount + 1`)).affectedRows).toBe(1);
      expect((await execute(`DELETE FROM ${prefix}_child WHERE id = ${parameter(1)}`, 7)).affectedRows).toBe(
        1,
      );
    });

    test("and tells of all rows, also where more came back than are given", async () => {
      const many = kind === "postgres" ? "generate_series(1, 1500) AS seq" : "seq_1_to_1500";
      const made = `${prefix}_many`;
      const created = await execute(`CREATE TABLE ${made} AS SELECT seq AS id FROM ${many}`);
      try {
        expect(created.affectedRows).toBe(1500);
        const more = await execute(`INSERT INTO ${made} SELECT id + 1500 FROM ${made} RETURNING id`);
        expect([more.affectedRows, more.rows.length, more.truncated]).toEqual([1500, 1000, true]);
        const some = await execute(`DELETE FROM ${made} WHERE id > 2850 RETURNING id`);
        expect([some.affectedRows, some.rows.length, some.truncated]).toEqual([150, 150, false]);
        if (kind === "postgres") {
          const changed = `WITH gone AS (SELECT 1) UPDATE ${made} SET id = id RETURNING id, repeat('x', 9000) AS x`;
          expect((await execute(changed)).affectedRows).toBe(2850);
        }
        expect((await execute(`DELETE FROM ${made}`)).affectedRows).toBe(2850);
      } finally {
        await execute(`DROP TABLE ${made}`);
      }
    });

    test("what is described is as it was written", async () => {
      const made = `${prefix}_described`;
      const quote = kind === "postgres" ? '"' : "`";
      const columns = `${quote}order${quote} int primary key, plain int, said varchar(9) default 'NULL', ${quote}a b${quote} int`;
      await execute(`CREATE TABLE ${made} (${columns})`);
      await execute(`CREATE INDEX ${made}_i ON ${made} (${quote}a b${quote}, ${quote}order${quote})`);
      await execute(`CREATE VIEW ${made}_view AS SELECT 1 AS one`);
      try {
        const described = await database.describeTable(made);
        expect(described?.primaryKey).toEqual(["order"]);
        expect(described?.indexes.map((index) => index.columns)).toEqual(
          expect.arrayContaining([["order"], ["a b", "order"]]),
        );
        const [key, plain, said] = described?.columns ?? [];
        expect([key?.default, plain?.default]).toEqual([null, null]);
        expect(said?.default).toMatch(/^'NULL'/);
        expect(await database.describeTable(`${made}_view`)).toMatchObject({ kind: "view", comment: null });
      } finally {
        await execute(`DROP VIEW ${made}_view`);
        await execute(`DROP TABLE ${made}`);
      }
    });

    if (kind === "mariadb") {
      test("a column's type is called as the database calls it", async () => {
        const made = `${prefix}_types`;
        const types = [
          ...[
            "tinyint",
            "smallint",
            "mediumint",
            "int",
            "bigint",
            "decimal(9,2)",
            "float",
            "double",
            "bit(3)",
            "year",
          ],
          ...[
            "tinyint unsigned",
            "smallint unsigned",
            "mediumint unsigned",
            "int unsigned",
            "bigint unsigned",
          ],
          ...[
            "decimal(9,2) unsigned",
            "float unsigned",
            "double unsigned",
            "date",
            "time(3)",
            "datetime",
            "timestamp",
          ],
          ...[
            "char(3)",
            "varchar(9)",
            "binary(3)",
            "varbinary(9)",
            "enum('a')",
            "set('a','b')",
            "uuid",
            "inet6",
          ],
          ...[
            "tinytext",
            "text",
            "mediumtext",
            "longtext",
            "tinyblob",
            "blob",
            "mediumblob",
            "longblob",
            "point",
          ],
        ];
        const called = types.map((type) => type.replace(/\(.*?\)/, ""));
        const latin = types
          .filter((type) => /text$/.test(type))
          .map((type, index) => `l${index} ${type} character set latin1`);
        await execute(
          `CREATE TABLE ${made} (${[...types.map((type, index) => `c${index} ${type}`), ...latin].join(", ")})`,
        );
        try {
          const read = await query(`SELECT * FROM ${made}`);
          const texts = ["tinytext", "text", "mediumtext", "longtext"];
          expect(read.columns.map(({ type }) => type)).toEqual([...called, ...texts]);
        } finally {
          await execute(`DROP TABLE ${made}`);
        }
      });

      test("text that a table of before can't hold comes with what mends it", async () => {
        const made = `${prefix}_latin`;
        await execute(`CREATE TABLE ${made} (t varchar(20)) CHARACTER SET latin1`);
        try {
          const refused = await execute(`INSERT INTO ${made} VALUES (?)`, "日本😀").catch(
            (reason: unknown) => reason,
          );
          const text = describeFailure(refused, "");
          expect(text).toMatch(/^SQLSTATE 22007: Incorrect string value/);
          const mends = /Hint: .*?(ALTER TABLE .*?);/.exec(text)?.[1] ?? "";
          await execute(mends);
          await execute(`INSERT INTO ${made} VALUES (?)`, "日本😀");
          expect((await query(`SELECT t FROM ${made} WHERE t = '日本😀'`)).rows).toEqual([{ t: "日本😀" }]);
          await execute(`ALTER TABLE ${made} ADD other varchar(20) COLLATE utf8mb4_general_ci`);
          const mixed = await query(`SELECT 1 FROM ${made} WHERE t = other`).catch(
            (reason: unknown) => reason,
          );
          expect(describeFailure(mixed, "")).toMatch(
            /Illegal mix of collations.*\nHint: .*ALTER TABLE … CONVERT TO/,
          );
        } finally {
          await execute(`DROP TABLE ${made}`);
        }
      });

      test("a literal is compared as a column is", async () => {
        const made = `${prefix}_literals`;
        await execute(`CREATE TABLE ${made} AS SELECT 'Ærø' AS one`);
        try {
          await execute(`ALTER TABLE ${made} ADD two varchar(9) DEFAULT 'ærø'`);
          expect((await query(`SELECT count(*) AS same FROM ${made} WHERE one = two`)).rows).toEqual([
            { same: 1 },
          ]);
          expect((await query("SELECT COLLATION('x') = @@collation_database AS same")).rows).toEqual([
            { same: 1 },
          ]);
        } finally {
          await execute(`DROP TABLE ${made}`);
        }
      });

      test("what the time limit ended is no result", async () => {
        const quick = openDatabase({ ...settings, limits: { ...settings.limits, milliseconds: 300 } });
        try {
          for (const sql of ["SELECT BENCHMARK(10000000000, MD5('x'))", "SELECT SLEEP(20)"]) {
            const failed = await quick.query({ sql, parameters: [] }).catch((reason: unknown) => reason);
            expect(describeFailure(failed, "")).toMatch(/time limit of 0.3 s|max_statement_time/);
          }
        } finally {
          await quick.close();
        }
      });
    }

    test("a plan comes as JSON, and analyze measures", async () => {
      const plan = await database.explain({ sql: `SELECT * FROM ${table}`, parameters: [] }, false);
      expect(JSON.stringify(plan)).toContain(table);
      const measured = await database.explain({ sql: `SELECT * FROM ${table}`, parameters: [] }, true);
      expect(JSON.stringify(measured)).toMatch(/Actual Total Time|r_total_time_ms/);
      const planned = await database.explain({ sql: `DELETE FROM ${prefix}_child`, parameters: [] }, false);
      expect(JSON.stringify(planned)).toMatch(/delet/i);
    });

    test("a result ends at the row limit and at the size bound", async () => {
      const small = openDatabase({ ...settings, limits: { rows: 7, bytes: 10_000, milliseconds: 5000 } });
      const series = (count: number, column: string) =>
        kind === "postgres"
          ? `SELECT ${column} AS x FROM generate_series(1, ${count}) seq`
          : `SELECT ${column} AS x FROM seq_1_to_${count}`;
      try {
        expect(await small.query({ sql: series(7, "seq"), parameters: [] })).toMatchObject({
          truncated: false,
        });
        for (const sql of [series(8, "seq"), `${series(5_000_000, "seq")} LIMIT 4000000`]) {
          const { rows, truncated } = await small.query({ sql, parameters: [] });
          expect([rows.length, truncated]).toEqual([7, true]);
        }
        const wide = await small.query({ sql: series(7, "repeat('x', 4000)"), parameters: [] });
        expect([wide.rows.length, wide.truncated]).toEqual([2, true]);
      } finally {
        await small.close();
      }
    });

    test("one value that is too large costs its connection, not the server", async () => {
      const small = openDatabase({ ...settings, limits: { rows: 7, bytes: 10_000, milliseconds: 5000 } });
      try {
        const huge = small.query({ sql: "SELECT repeat('x', 15000000) AS x", parameters: [] });
        if (kind === "postgres") await expect(huge).rejects.toThrow(ResultTooLargeError);
        else expect(await huge).toMatchObject({ rows: [], truncated: true });
        expect((await small.query({ sql: "SELECT 1 AS x", parameters: [] })).rows).toEqual([{ x: 1 }]);
      } finally {
        await small.close();
      }
    });

    test("a long statement ends at its time", async () => {
      const quick = openDatabase({ ...settings, limits: { ...settings.limits, milliseconds: 300 } });
      const sleep = kind === "postgres" ? "SELECT pg_sleep(20)" : "SELECT SLEEP(20)";
      try {
        await expect(quick.query({ sql: sleep, parameters: [] })).rejects.toMatchObject({
          message: expect.stringMatching(/statement timeout|max_statement_time/) as unknown,
        });
      } finally {
        await quick.close();
      }
    });

    test("a wrong number of values is told in numbers, whatever the statement", async () => {
      const told = async (work: Promise<unknown>) =>
        describeFailure(await work.catch((reason: unknown) => reason), settings.connection.password);
      const list = (count: number) =>
        Array.from({ length: count }, (_, index) => parameter(index + 1)).join(", ");
      for (const [places, values, has, came] of [
        [1, 0, kind === "postgres" ? "1 parameter ($1)" : "1 parameter (?)", "no values"],
        [3, 1, kind === "postgres" ? "3 parameters ($1 to $3)" : "3 parameters (?)", "1 value"],
        [2, 3, kind === "postgres" ? "2 parameters ($1 to $2)" : "2 parameters (?)", "3 values"],
      ] as const) {
        const parameters = Array.from({ length: values }, (_, index) => index);
        const message = `parameters: the statement has ${has}, and ${came} came with it; give one for each, in their order`;
        const reads = `SELECT * FROM ${table} WHERE id IN (${list(places)})`;
        const writes = `DELETE FROM ${table} WHERE id IN (${list(places)})`;
        expect(await told(database.query({ sql: reads, parameters }))).toBe(message);
        for (const sql of [reads, writes]) {
          expect(await told(database.execute({ sql, parameters }))).toBe(message);
          expect(await told(database.explain({ sql, parameters }, false))).toBe(message);
        }
      }
      expect(await told(query("SELECT '?', '$1' -- ?", 7))).toBe(
        "parameters: the statement has no parameter, and 1 value came with it; leave `parameters` out",
      );
      expect((await query(`SELECT COUNT(*) AS n FROM ${table} WHERE id = ${parameter(1)}`, 1)).rows).toEqual([
        { n: 1 },
      ]);
    });

    test("errors carry the SQLSTATE and no credentials", async () => {
      const error = await query("SELECT * FROM no_such_table").catch((reason: unknown) => reason);
      const text = describeFailure(error, settings.connection.password);
      expect(text).toMatch(kind === "postgres" ? /^SQLSTATE 42P01: / : /^SQLSTATE 42S02: /);
      expect(text).not.toContain(settings.connection.password);
      const stranger = openDatabase({
        ...settings,
        connection: { ...settings.connection, password: "not the secret" },
      });
      const refused = await stranger
        .query({ sql: "SELECT 1", parameters: [] })
        .catch((reason: unknown) => reason);
      expect(describeFailure(refused, "not the secret")).not.toContain("not the secret");
      await stranger.close();
    });
  }),
);
