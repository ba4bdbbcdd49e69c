import { randomBytes } from "node:crypto";
import type { Database } from "../src/database";
import { openDatabase } from "../src/open-database";
import { assertReads } from "../src/statement";
import { describeWith } from "./support";

/**
 * Ways to write through `query` that look possible. `T` is the table, `F` and `P` a function and a procedure that
 * insert into it. None may change it, neither at once nor by what it leaves behind on its connection.
 */
const ATTEMPTS = {
  postgres: [
    "INSERT INTO T VALUES (2)",
    "SELECT 1; INSERT INTO T VALUES (2)",
    "COMMIT; INSERT INTO T VALUES (2)",
    "WITH w AS (INSERT INTO T VALUES (2) RETURNING id) SELECT * FROM w",
    "SELECT F()",
    "SELECT set_config('transaction_read_only', 'off', true), F()",
    "SELECT set_config('default_transaction_read_only', 'off', false), F()",
    "WITH s AS MATERIALIZED (SELECT set_config('transaction_read_only', 'off', true)) SELECT F() FROM s",
    "SET TRANSACTION READ WRITE",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "COMMIT",
    "COMMIT AND CHAIN",
    "DO $$ BEGIN INSERT INTO T VALUES (2); END $$",
    "DO $$ BEGIN COMMIT; INSERT INTO T VALUES (2); END $$",
    "DO $$ BEGIN ROLLBACK; SET TRANSACTION READ WRITE; INSERT INTO T VALUES (2); COMMIT; END $$",
    "CALL P()",
    "EXPLAIN ANALYZE INSERT INTO T VALUES (2)",
    "EXPLAIN (ANALYZE) DELETE FROM T",
    "SELECT * INTO T_copy FROM T",
    "CREATE TABLE T_copy AS SELECT * FROM T",
    "CREATE TEMP TABLE T (id int)",
    "PREPARE p AS INSERT INTO T VALUES (2)",
    "COPY T FROM STDIN",
    "COPY T TO STDOUT",
    "COPY T FROM PROGRAM 'echo 2'",
    "TRUNCATE T",
    "DROP TABLE T",
    "ALTER TABLE T ADD COLUMN x int",
    "LOCK TABLE T IN ACCESS EXCLUSIVE MODE",
    "SELECT nextval('T_ids')",
    "SELECT setval('T_ids', 40)",
    "SELECT lo_create(0)",
    "SELECT query_to_xml('INSERT INTO T VALUES (2) RETURNING id', true, true, '')",
    "SELECT pg_advisory_lock(4711)",
    "DISCARD ALL",
    "ROLLBACK",
    "BEGIN",
  ],
  mariadb: [
    "INSERT INTO T VALUES (2)",
    "SELECT 1; INSERT INTO T VALUES (2)",
    "COMMIT; INSERT INTO T VALUES (2)",
    "SELECT F()",
    "SELECT * FROM (SELECT F()) x",
    "SET TRANSACTION READ WRITE",
    "SET SESSION TRANSACTION READ WRITE",
    "COMMIT",
    "COMMIT AND CHAIN",
    "SET STATEMENT tx_read_only=0 FOR INSERT INTO T VALUES (2)",
    "SET STATEMENT max_statement_time=0 FOR SELECT SLEEP(20)",
    "BEGIN NOT ATOMIC INSERT INTO T VALUES (2); END",
    "BEGIN NOT ATOMIC COMMIT; SET SESSION TRANSACTION READ WRITE; INSERT INTO T VALUES (2); COMMIT; END",
    "IF 1 THEN COMMIT; INSERT INTO T VALUES (2); END IF",
    "CALL P()",
    "EXECUTE IMMEDIATE 'INSERT INTO T VALUES (2)'",
    "PREPARE p FROM 'INSERT INTO T VALUES (2)'",
    "/*!50000 INSERT INTO T VALUES (2) */",
    "/*M! INSERT INTO T VALUES (2) */",
    "SELECT 1 /*!; INSERT INTO T VALUES (2) */",
    "ANALYZE INSERT INTO T VALUES (2)",
    "ANALYZE FORMAT=JSON DELETE FROM T",
    "EXPLAIN SELECT * FROM (SELECT F()) x",
    "CREATE TABLE T_copy AS SELECT * FROM T",
    "CREATE TEMPORARY TABLE T (id int)",
    "TRUNCATE T",
    "DROP TABLE T",
    "ALTER TABLE T ADD COLUMN x int",
    "ANALYZE TABLE T",
    "LOCK TABLES T WRITE",
    "SELECT NEXTVAL(T_ids)",
    "SELECT SETVAL(T_ids, 40)",
    "SELECT * FROM T INTO OUTFILE '/tmp/T.txt'",
    "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE T",
    "HANDLER T OPEN",
    "XA START 'x'",
    "SELECT GET_LOCK('T', 1)",
    "SELECT @@session.sql_select_limit INTO @left_behind",
    "ROLLBACK",
    "BEGIN",
  ],
};

/** What makes the table, the function and the procedure. */
const SETUP = {
  postgres: [
    "CREATE TABLE T (id int)",
    "CREATE SEQUENCE T_ids START 7",
    "CREATE FUNCTION F() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO T VALUES (3); RETURN 1; END $$",
    "CREATE PROCEDURE P() LANGUAGE plpgsql AS $$ BEGIN COMMIT; INSERT INTO T VALUES (4); COMMIT; END $$",
  ],
  mariadb: [
    "CREATE TABLE T (id int)",
    "CREATE SEQUENCE T_ids START WITH 7",
    "CREATE FUNCTION F() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO T VALUES (3); RETURN 1; END",
    "CREATE PROCEDURE P() BEGIN COMMIT; INSERT INTO T VALUES (4); COMMIT; END",
  ],
};

describe.each(["postgres", "mariadb"] as const)("%s", (kind) =>
  describeWith(kind, "query never writes", (settings) => {
    const name = `t${randomBytes(4).toString("hex")}`;
    const named = (sql: string) =>
      sql
        .replace(/\bF\b/g, `${name}_f`)
        .replace(/\bP\b/g, `${name}_p`)
        .replace(/\bT(_\w+)?\b/g, `${name}$1`);
    // One connection, so that whatever an attempt leaves behind is there for the next.
    let database: Database;
    const run = (sql: string) => database.execute({ sql: named(sql), parameters: [] });
    const rowsOf = async (sql: string) => (await database.query({ sql: named(sql), parameters: [] })).rows;

    beforeAll(async () => {
      database = openDatabase({ ...settings, connections: 1 });
      for (const sql of SETUP[kind]) await run(sql);
      await run("INSERT INTO T VALUES (1)");
    });
    afterAll(async () => {
      const routine = kind === "postgres" ? "()" : "";
      for (const what of [
        `FUNCTION IF EXISTS F${routine}`,
        `PROCEDURE IF EXISTS P${routine}`,
        "SEQUENCE IF EXISTS T_ids",
      ])
        await run(`DROP ${what}`);
      await run("DROP TABLE IF EXISTS T");
      await database.close();
    });

    describe.each([
      ["with the check of the statement's first word", true],
      ["by the transaction alone", false],
    ])("%s", (_, checked) => {
      // Where the check is the barrier: MariaDB's transactions end with a COMMIT in a compound statement.
      const needsCheck = (sql: string) => kind === "mariadb" && /COMMIT;|CALL|^SET STATEMENT max/.test(sql);
      test.each(ATTEMPTS[kind].filter((sql) => checked || !needsCheck(sql)))("%s", async (sql) => {
        await (async () => {
          if (checked) assertReads(named(sql), kind);
          return database.query({ sql: named(sql), parameters: [] });
        })().catch(() => undefined);
        expect(await rowsOf("SELECT * FROM T")).toEqual([{ id: 1 }]);
        // The connection is as good as new: the next call may write if it is meant to, and only then.
        await expect(
          database.query({ sql: named("INSERT INTO T VALUES (5)"), parameters: [] }),
        ).rejects.toMatchObject({
          message: expect.stringMatching(/read-only transaction|READ ONLY transaction/) as unknown,
        });
        await run("UPDATE T SET id = 1");
      });
    });

    test("locks, settings and sequences are as before", async () => {
      if (kind === "postgres") {
        expect(
          await rowsOf("SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"),
        ).toEqual([{ locks: 0 }]);
        expect(await rowsOf("SELECT last_value, is_called FROM T_ids")).toEqual([
          { last_value: 7, is_called: false },
        ]);
        expect(await rowsOf("SELECT count(*) AS n FROM pg_prepared_statements WHERE from_sql")).toEqual([
          { n: 0 },
        ]);
      } else {
        expect(await rowsOf("SELECT IS_FREE_LOCK('T') AS free, @left_behind AS x")).toEqual([
          { free: 1, x: null },
        ]);
        expect(await rowsOf("SELECT next_not_cached_value AS n FROM T_ids")).toEqual([{ n: 7 }]);
      }
    });
  }),
);
