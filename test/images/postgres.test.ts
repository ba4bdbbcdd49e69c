import { postgres } from "../../topology/databases";
import { describeDatabase } from "./database-contract";

const bench = describeDatabase({
  template: postgres,
  environment: { POSTGRES_DB: "mcp", POSTGRES_PASSWORD: "test-only" },
  passwordVariable: "POSTGRES_PASSWORD",
  data: "/var/lib/postgresql/data",
  mark: "PG_VERSION",
  program: "postgres",
  sql: (statement) => `psql -U postgres -d mcp -qtAXc "${statement}"`,
  remoteSql: (host, statement) =>
    `PGPASSWORD=$PASSWORD psql -h ${host} -U postgres -d mcp -qtAXc "${statement}"`,
  signals: ["SIGINT", "SIGTERM"],
});

test("the usual arguments of initdb are honoured, quoted ones too", async () => {
  const name = await bench.start({
    POSTGRES_INITDB_ARGS: "--locale=C.UTF-8 --encoding=UTF8 --data-checksums --set 'work_mem=7 MB'",
  });
  await bench.healthy(name);
  const show = (setting: string) => bench.run(name, `psql -U postgres -d mcp -qtAXc 'SHOW ${setting}'`);
  expect(await show("data_checksums")).toBe("on");
  expect(await show("work_mem")).toBe("7MB");
  expect(await show("server_encoding")).toBe("UTF8");
});

test("other users and databases are made as upstream makes them, whatever their names", async () => {
  const name = await bench.start({ POSTGRES_USER: "ada", POSTGRES_DB: `a "b"` });
  await bench.healthy(name).catch(() => undefined); // the probe asks as postgres, who is not there
  const sql = `SELECT current_user || ' ' || current_database()`;
  expect(await bench.run(name, `psql -U ada -d 'a "b"' -qtAXc "${sql}"`)).toBe(`ada a "b"`);
});

test("an option is passed on to the server", async () => {
  const name = await bench.start();
  await bench.healthy(name);
  expect(await bench.run(name, "psql --version")).toMatch(/^psql \(PostgreSQL\) 1[5-9]/);
  expect(await bench.run(name, "psql -U postgres -qtAXc 'SHOW server_version'")).toMatch(/^16\./);
});
