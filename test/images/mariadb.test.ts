import { docker } from "../../engine/docker";
import { mariadb } from "../../topology/databases";
import { describeDatabase } from "./database-contract";

const bench = describeDatabase({
  template: mariadb,
  environment: {
    MARIADB_DATABASE: "mcp",
    MARIADB_ROOT_PASSWORD: "test-only",
    MARIADB_MYSQL_LOCALHOST_USER: "1",
    MARIADB_MYSQL_LOCALHOST_GRANTS: "ALL",
  },
  passwordVariable: "MARIADB_ROOT_PASSWORD",
  data: "/var/lib/mysql",
  mark: "mysql",
  program: "mariadbd",
  sql: (statement) => `mariadb -u mysql mcp -Nse "${statement}"`,
  remoteSql: (host, statement) => `MYSQL_PWD=$PASSWORD mariadb -h ${host} -u root mcp -Nse "${statement}"`,
  signals: ["SIGTERM"],
});

test("only the accounts that were asked for are there", async () => {
  const name = await bench.start({
    MARIADB_USER: "ada",
    MARIADB_PASSWORD: "test-only",
    MARIADB_DATABASE: "a_b",
  });
  await bench.healthy(name);
  const ask = (statement: string) => bench.run(name, `mariadb -u mysql -Nse "${statement}"`);
  const accounts = "SELECT concat(User, '@', Host) FROM mysql.global_priv ORDER BY 1";
  expect((await ask(accounts)).split("\n")).toEqual([
    "ada@%",
    "mariadb.sys@localhost",
    "mysql@localhost",
    "root@%",
    "root@localhost",
  ]);
  expect(await ask("SHOW GRANTS FOR ada@'%'")).toMatch(/ON `a\\+_b`\.\*/);
  expect(await ask("SHOW DATABASES LIKE 'test'")).toBe("");
});

test("the account for probes has no more rights than it was given", async () => {
  const name = await bench.start({ MARIADB_MYSQL_LOCALHOST_GRANTS: "USAGE" });
  await bench.healthy(name);
  await expect(bench.run(name, "mariadb -u mysql mcp -Nse 'CREATE TABLE t (one int)'")).rejects.toThrow(
    /denied/,
  );
});

test("its health check takes little of the server's memory", async () => {
  const name = await bench.start();
  await bench.healthy(name);
  const [, probe = ""] = mariadb.probe.command;
  const mostKiB = 60_000; // of address space; a client that makes all collations' tables needs more than 100,000
  await bench.run(name, `ulimit -v ${mostKiB} && ${probe}`);
});

describe("its text", () => {
  let name: string;
  const ask = (statement: string) => bench.run(name, `mariadb -u mysql mcp -Nse "${statement}"`);
  beforeAll(async () => {
    name = await bench.start();
    await bench.healthy(name);
  }, 90_000);

  test.each(["日本😀", "ß ÆØÅ æøå", "Ελληνικά", "עברית", "👩‍👩‍👧", "e\u0301 é"])("keeps %s", async (text) => {
    await ask("CREATE OR REPLACE TABLE kept (t varchar(40))");
    await ask(`INSERT INTO kept VALUES ('${text}')`);
    expect(await ask("SELECT t FROM kept")).toBe(text);
    expect(await ask(`SELECT count(*) FROM kept WHERE t = '${text}'`)).toBe("1");
  });

  test("is of one collation, whoever made it", async () => {
    expect(
      await ask(
        "SELECT @@character_set_server, @@collation_server, @@character_set_database, @@collation_database",
      ),
    ).toBe("utf8mb4\tutf8mb4_uca1400_ai_ci\tutf8mb4\tutf8mb4_uca1400_ai_ci");
    await ask("CREATE OR REPLACE TABLE given (t varchar(9)); INSERT INTO given VALUES ('Ærø'), ('arø')");
    await ask("SET NAMES utf8mb4; CREATE OR REPLACE TABLE made AS SELECT 'ærø' AS t");
    await ask(
      "CREATE OR REPLACE TABLE named (t varchar(9)) CHARACTER SET utf8mb4; INSERT INTO named VALUES ('ÆRØ')",
    );
    // Each pair of two columns would be an "Illegal mix of collations" were they not alike.
    for (const [one, other] of [
      ["given", "made"],
      ["made", "named"],
      ["given", "named"],
    ])
      expect(await ask(`SELECT count(*) FROM ${one} a JOIN ${other} b ON a.t = b.t`)).toBe("1");
  });
});

test("a volume whose text is latin1 is told of, with what mends it", async () => {
  const name = await bench.start();
  await bench.healthy(name);
  const ask = (statement: string) => bench.run(name, `mariadb -u mysql mcp -Nse "${statement}"`);
  expect(await bench.logs(name)).not.toContain("is latin1");
  await ask("ALTER DATABASE mcp CHARACTER SET latin1; CREATE TABLE old (t varchar(9))");
  await docker(["restart", name]);
  await bench.healthy(name);
  const [, database = "", tables = ""] =
    /is latin1, .* with: (ALTER DATABASE .*?); and for each of its tables: (ALTER TABLE .*?);/.exec(
      await bench.logs(name),
    ) ?? [];
  await expect(ask("INSERT INTO old VALUES ('日本😀')")).rejects.toThrow(/Incorrect string value/);
  for (const statement of [database, tables.replace("TABLE CONVERT", "old CONVERT")])
    await bench.run(name, `mariadb -u mysql mcp -e '${statement}'`);
  await ask("INSERT INTO old VALUES ('日本😀')");
  const told = (await bench.logs(name)).match(/is latin1/g)?.length;
  await docker(["restart", name]);
  await bench.healthy(name);
  expect((await bench.logs(name)).match(/is latin1/g)).toHaveLength(told ?? 0);
});

describe("its time zones", () => {
  const converted =
    "SELECT CONVERT_TZ('2026-07-01 12:00', 'Europe/Copenhagen', 'UTC'), CONVERT_TZ('2026-01-01 12:00', 'UTC', 'America/New_York'), " +
    "CONVERT_TZ('2026-01-01 00:00', 'Asia/Kolkata', 'Australia/Lord_Howe')";
  const right = "2026-07-01 10:00:00\t2026-01-01 07:00:00\t2026-01-01 05:30:00";

  test("are known by their names, on a volume that had none as well", async () => {
    const name = await bench.start();
    await bench.healthy(name);
    const ask = (statement: string) => bench.run(name, `mariadb -u mysql mysql -Nse "${statement}"`);
    expect(await ask(converted)).toBe(right);
    for (const table of ["", "_name", "_transition", "_transition_type"])
      await ask(`TRUNCATE TABLE time_zone${table}`);
    await ask("CREATE TABLE mcp.kept AS SELECT 7 AS seven");
    await bench.signal(name, "SIGTERM");
    await bench.onVolume(name, "rm /var/lib/mysql/mcp_time_zones");
    await docker(["start", name]);
    await bench.healthy(name);
    expect(await ask(converted)).toBe(right);
    expect(await ask("SELECT seven FROM mcp.kept")).toBe("7");
    // And once is enough.
    await docker(["restart", name]);
    await bench.healthy(name);
    expect((await bench.logs(name)).match(/loading the time zones/g)).toHaveLength(1);
    expect(await ask("SELECT count(*) > 400 FROM time_zone_name")).toBe("1");
  });
});

describe("within its memory", () => {
  let name: string;
  const ask = (statement: string) => bench.run(name, `mariadb -u mysql mcp -Nse "${statement}"`);
  const starts = async () => (await bench.logs(name)).match(/ready for connections/g)?.length;

  beforeAll(async () => {
    name = await bench.start();
    await bench.healthy(name);
    await ask("CREATE TABLE big (id int primary key, t varchar(1000) character set latin1)");
    await ask("INSERT INTO big SELECT seq, RPAD(MD5(seq), 1000, MD5(seq + 1)) FROM seq_1_to_120000");
  }, 120_000);

  test.each([
    ["sorts", "SELECT count(*) FROM (SELECT DISTINCT t, id FROM big) x", "120000"],
    ["counts what differs in", "SELECT count(DISTINCT concat(t, id)) FROM big", "120000"],
    ["orders", "SELECT id > 0 FROM big ORDER BY concat(t, 'x'), id LIMIT 1 OFFSET 119999", "1"],
    ["indexes", "ALTER TABLE big ADD INDEX ti (t)", ""],
  ])("%s a table of 120 MB", async (_does, statement, result) => {
    expect(await ask(statement)).toBe(result);
    expect(await starts()).toBe(1);
  });

  test("a statement that wants more than a session's share fails alone", async () => {
    const wants = [
      "SET group_concat_max_len = 4294967295; SELECT LENGTH(GROUP_CONCAT(t)) FROM big",
      "SELECT LENGTH(REPEAT('x', 300000000))",
      "SELECT JSON_LENGTH(JSON_ARRAYAGG(t)) FROM big",
    ];
    await Promise.allSettled(wants.map((statement) => ask(statement)));
    expect(await ask("SELECT count(*) FROM big")).toBe("120000");
    expect(await starts()).toBe(1);
  });
});

test("dumps can be taken and read back", async () => {
  const name = await bench.start();
  await bench.healthy(name);
  await bench.run(
    name,
    `mariadb -u mysql mcp -e "CREATE TABLE t (word varchar(9)); INSERT INTO t VALUES ('ærø')"`,
  );
  await bench.run(name, "mariadb-dump -u mysql mcp t >/tmp/t.sql && mariadb -u mysql mcp </tmp/t.sql");
  expect(await bench.run(name, "mariadb -u mysql mcp -Nse 'SELECT word FROM t'")).toBe("ærø");
});
