import { assertLasts, assertReads, firstWord } from "../src/statement";

describe("firstWord", () => {
  test.each([
    ["select 1", "SELECT"],
    ["  \n((SELECT 1))", "SELECT"],
    ["-- note\nWITH a AS (SELECT 1) SELECT * FROM a", "WITH"],
    ["/* a */ /* b */ show tables", "SHOW"],
    ["/* open", undefined],
    ["-- only a note", undefined],
    ["", undefined],
    ["; select 1", undefined],
  ])("of %j is %s in both databases", (sql, word) => {
    expect(firstWord(sql, "postgres")).toBe(word);
    expect(firstWord(sql, "mariadb")).toBe(word);
  });

  test("knows that PostgreSQL's comments nest", () => {
    expect(firstWord("/* /* */ SELECT */ DROP TABLE a", "postgres")).toBe("DROP");
    expect(firstWord("/* /* */ SELECT 1", "mariadb")).toBe("SELECT");
  });

  test("does not take what MariaDB executes for a comment", () => {
    expect(firstWord("/*!50000 DROP TABLE a */", "mariadb")).toBeUndefined();
    expect(firstWord("/*M! DROP TABLE a */", "mariadb")).toBeUndefined();
    expect(firstWord("# note\nSELECT 1", "mariadb")).toBe("SELECT");
  });
});

describe("assertReads", () => {
  test.each([
    "BEGIN NOT ATOMIC COMMIT; DELETE FROM a; END",
    "CALL p()",
    "SET STATEMENT a=1 FOR SELECT 1",
    "COMMIT",
  ])("refuses %s", (sql) =>
    expect(() => assertReads(sql, "mariadb")).toThrow(/query takes one statement that reads/),
  );
});

describe("assertLasts", () => {
  const both = [
    ...[
      "BEGIN",
      "begin;",
      "Begin Work",
      "/* a */ BEGIN",
      "-- a\nCOMMIT",
      "START TRANSACTION",
      "start /* a */ transaction read only",
    ],
    ...["COMMIT AND CHAIN", "ROLLBACK", "ROLLBACK TO a", "SAVEPOINT a", "RELEASE SAVEPOINT a"],
    ...[
      "SET autocommit=0",
      "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
      "SET a = 1",
      "SET SESSION a = 1",
      "SET LOCAL a = 1",
    ],
    ...["SET ROLE a", "SET NAMES utf8", "LOCK TABLES a", "PREPARE a", "DEALLOCATE PREPARE a", "EXECUTE a"],
    ...["CREATE TEMPORARY TABLE a (b int)", "create or replace temporary table a (b int)"],
  ];
  const postgres = [
    ...[
      "END",
      "ABORT",
      "PREPARE TRANSACTION 'a'",
      "COMMIT PREPARED 'a'",
      "BEGIN NOT ATOMIC",
      "/* /* */ */ ROLLBACK",
    ],
    ...[
      "CREATE TEMP TABLE a (b int)",
      "CREATE LOCAL TEMP TABLE a (b int)",
      "CREATE OR REPLACE TEMP VIEW a AS SELECT 1",
    ],
    ...[
      "RESET ALL",
      "DISCARD ALL",
      "LISTEN a",
      "DECLARE a CURSOR FOR SELECT 1",
      "FETCH a",
      "CLOSE a",
      "LOAD 'a'",
    ],
  ];
  const mariadb = [
    ...["/*! BEGIN */", "/*!50000 ROLLBACK */", "/*M! COMMIT */", "# a\nSTART TRANSACTION", "XA START 'a'"],
    ...[
      "SET /*!50000 autocommit */ = 0",
      "SET @a = 1",
      "SET @@session.a = 1",
      "USE a",
      "UNLOCK TABLES",
      "HANDLER a OPEN",
    ],
  ];
  test.each([
    ...[...both, ...postgres].map((sql) => ["postgres", sql] as const),
    ...[...both, ...mariadb].map((sql) => ["mariadb", sql] as const),
  ])("of %s refuses %j, which nothing would come of", (kind, sql) => {
    expect(() => assertLasts(sql, kind)).toThrow(/is refused: /);
  });

  const lastingInBoth = [
    ...[
      "INSERT INTO a VALUES (1)",
      "UPDATE begin SET a = 1",
      "DELETE FROM rollback",
      "CREATE TABLE temporary (a int)",
    ],
    ...[
      "CREATE OR REPLACE VIEW temp AS SELECT 1",
      "DROP TABLE a",
      "WITH a AS (SELECT 1) SELECT 1",
      "GRANT SELECT ON a TO b",
    ],
    ...[
      "(SELECT 1)",
      "TRUNCATE a",
      "",
      ";",
      "ALTER TABLE a ADD b int",
      "CALL p()",
      "ANALYZE a",
      "SELECT 'BEGIN'",
    ],
  ];
  const lasting = {
    postgres: [
      "DO $$ BEGIN NULL; END $$",
      "NOTIFY a",
      "COMMENT ON TABLE a IS 'b'",
      "VACUUM a",
      "MERGE INTO a USING b ON true",
    ],
    mariadb: [
      ...[
        "BEGIN NOT ATOMIC DELETE FROM a; END",
        "begin /* a */ not atomic ROLLBACK; END",
        "SET GLOBAL a = 1",
      ],
      ...["SET PASSWORD = 'a'", "SET DEFAULT ROLE a", "SET STATEMENT max_statement_time=1 FOR DELETE FROM a"],
      ...[
        "SET @@global.a = 1",
        "EXECUTE IMMEDIATE 'DELETE FROM a'",
        "REPLACE INTO a VALUES (1)",
        "/*!50000 DELETE FROM a */",
      ],
    ],
  };
  test.each([
    ...[...lastingInBoth, ...lasting.postgres].map((sql) => ["postgres", sql] as const),
    ...[...lastingInBoth, ...lasting.mariadb].map((sql) => ["mariadb", sql] as const),
  ])("of %s lets %j through", (kind, sql) => {
    expect(() => assertLasts(sql, kind)).not.toThrow();
  });

  test("says what to do instead", () => {
    expect(() => assertLasts("rollback", "postgres")).toThrow(/^ROLLBACK is refused: .* DO \$\$/);
    expect(() => assertLasts("begin work", "mariadb")).toThrow(/^BEGIN WORK is refused: .* BEGIN NOT ATOMIC/);
    expect(() => assertLasts("SET autocommit = 0", "mariadb")).toThrow(
      /^SET AUTOCOMMIT is refused: .*no effect/,
    );
  });
});
