import { assertReads, firstWord } from "../src/statement";

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
