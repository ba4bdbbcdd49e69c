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
