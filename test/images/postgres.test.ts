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

describe("a statement that wants more memory than there is", () => {
  let name: string;
  const ask = (statement: string) =>
    bench.run(name, `psql -U postgres -d mcp -qtAX 2>&1 <<'SQL'\n${statement}\nSQL`);
  beforeAll(async () => {
    name = await bench.start();
    await bench.healthy(name);
    await ask(
      "CREATE TABLE big AS SELECT id, repeat(md5(id::text), 30) AS t FROM generate_series(1, 120000) id;",
    );
  }, 90_000);

  test.each([
    ["one value", "SELECT repeat('x', 300000000);"],
    ["an aggregate", "SELECT length(string_agg(t, '')) FROM big, generate_series(1, 4);"],
    ["an array", "SELECT array_length(array_agg(id), 1) FROM big, generate_series(1, 400);"],
    ["a document", "SELECT length(jsonb_agg(big)::text) FROM big;"],
    ["a function", "DO $$ DECLARE t text := 'x'; BEGIN LOOP t := t || t; END LOOP; END $$;"],
  ])("fails alone: %s", async (_what, statement) => {
    const other = ask("SELECT pg_sleep(3), 'here';");
    expect(await ask(statement)).toMatch(/ERROR: +out of memory/);
    expect(await other).toBe("|here");
    expect(await bench.logs(name)).not.toContain("terminated by signal");
  });

  test("also where there are several", async () => {
    await Promise.all(
      [1, 2, 3, 4].map(() => ask("SELECT length(string_agg(t, '')) FROM (SELECT t FROM big LIMIT 60000) x;")),
    );
    expect(await ask("SELECT count(*) FROM big;")).toBe("120000");
    expect(await bench.logs(name)).not.toContain("terminated by signal");
  });

  test("and what sorts, indexes and groups a large table does not fail", async () => {
    expect(await ask("SELECT count(*) FROM (SELECT DISTINCT t, id FROM big ORDER BY t) x;")).toBe("120000");
    expect(await ask("CREATE INDEX big_t ON big (t); VACUUM ANALYZE big;")).toBe("");
    expect(await ask("SELECT count(*) FROM (SELECT t, count(*) FROM big GROUP BY t) x;")).toBe("120000");
    expect(await ask("SELECT length(repeat('x', 20000000));")).toBe("20000000");
  });
});
