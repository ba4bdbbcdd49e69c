import { randomBytes } from "node:crypto";
import { type Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { connected, type Era } from "../../host/test/program";
import { eventually } from "../../host/test/support";
import type { Database, Value } from "../src/database";
import { CancelledError } from "../src/ended";
import { openDatabase } from "../src/open-database";
import type { Settings } from "../src/settings";
import { BusyError } from "../src/turns";
import { bundled, describeWith, environmentOf } from "./support";

/** Statements that go on for longer than any test, each in a way of its own. */
const LONG = {
  postgres: {
    "one that sleeps": "SELECT pg_sleep(60)",
    "one that computes": "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
    "one whose rows come slowly": "SELECT pg_sleep(0.2), generate_series(1, 1000)",
    "a plan that is measured": "EXPLAIN (ANALYZE) SELECT pg_sleep(60)",
    "one that waits for a lock": "SELECT * FROM HELD FOR UPDATE",
    "one in a function": "DO $$ BEGIN LOOP PERFORM pg_sleep(0.01); END LOOP; END $$",
  },
  mariadb: {
    "one that sleeps": "SELECT SLEEP(60)",
    "one that computes": "SELECT BENCHMARK(100000000000, MD5('x'))",
    "one whose rows come slowly": "SELECT SLEEP(0.2), seq FROM seq_1_to_1000",
    "a plan that is measured": "ANALYZE FORMAT=JSON SELECT SLEEP(60)",
    "one that waits for a lock": "SELECT * FROM HELD FOR UPDATE",
    "one in a block": "BEGIN NOT ATOMIC WHILE TRUE DO DO SLEEP(0.01 + 0 * LENGTH('=MARK=')); END WHILE; END",
  },
};

/** Holds the lock that is waited for. */
const HOLDING = {
  postgres: "WITH a AS (SELECT * FROM HELD FOR UPDATE) SELECT pg_sleep(60), '=MARK=' FROM a",
  mariadb: "BEGIN NOT ATOMIC UPDATE HELD SET id = 1; DO SLEEP(60 + 0 * LENGTH('=MARK=')); END",
};

/** How many statements with a mark run in the database, besides the one that asks. */
const RUNNING = {
  postgres:
    "SELECT count(*) AS running FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1",
  mariadb:
    "SELECT count(*) AS running FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE ?",
};

describe.each(["postgres", "mariadb"] as const)("%s", (kind) =>
  describeWith(kind, "what ends early", (given) => {
    const settings: Settings = { ...given, limits: { ...given.limits, milliseconds: 60_000 } };
    const mark = `mark_${randomBytes(4).toString("hex")}`;
    const holding = `holding_${randomBytes(4).toString("hex")}`;
    const held = `held_${randomBytes(4).toString("hex")}`;
    // Of a block the database shows the statement that it is at.
    const marked = (sql: string, as = mark) => {
      const named = sql.replace("HELD", held);
      return named.includes("=MARK=") ? named.replace("=MARK=", as) : `${named} /* ${as} */`;
    };
    const sleeps = marked(LONG[kind]["one that sleeps"]);
    let watching: Database;
    let database: Database;
    const query = (sql: string, ...parameters: Value[]) => watching.query({ sql, parameters });
    const running = async (as = mark) => Number((await query(RUNNING[kind], `%${as}%`)).rows[0]?.["running"]);
    const begun = (count = 1, as = mark) => eventually(async () => (await running(as)) === count);

    beforeAll(async () => {
      watching = openDatabase(settings);
      await watching.execute({ sql: `CREATE TABLE ${held} (id int primary key)`, parameters: [] });
      await watching.execute({ sql: `INSERT INTO ${held} VALUES (1)`, parameters: [] });
    });
    beforeEach(() => {
      database = openDatabase({ ...settings, connections: 2 });
    });
    afterEach(() => database.close());
    afterAll(async () => {
      await watching.execute({ sql: `DROP TABLE ${held}`, parameters: [] });
      await watching.close();
    });

    /** A call that is under way, and what cancels it. */
    function start(sql: string, on = database) {
      const cancel = new AbortController();
      const outcome = on.execute({ sql, parameters: [] }, cancel.signal).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return { cancel, outcome };
    }

    test.each(Object.entries(LONG[kind]))(
      "%s ends in the database when it is cancelled",
      async (what, sql) => {
        // What is waited for is held by another call.
        const holder = what.includes("lock") ? start(marked(HOLDING[kind], holding)) : undefined;
        if (holder) await begun(1, holding);
        const { cancel, outcome } = start(marked(sql));
        await begun();
        cancel.abort();
        expect(await outcome).toBeInstanceOf(CancelledError);
        await eventually(async () => (await running()) === 0);
        expect(database.pool().used).toBe(holder ? 1 : 0);
        holder?.cancel.abort();
        await holder?.outcome;
        // Whatever was still on its way hits nobody else.
        for (let calls = 0; calls < 5; calls += 1)
          expect((await database.query({ sql: "SELECT 1 AS one", parameters: [] })).rows).toEqual([
            { one: 1 },
          ]);
      },
    );

    test("of what was cancelled nothing is kept", async () => {
      const into = `INSERT INTO ${held} SELECT`;
      const slow =
        kind === "postgres"
          ? `${into} id + 100 + length(pg_sleep(0.5)::text) FROM generate_series(1, 100) id`
          : `${into} seq + 100 + SLEEP(0.5) FROM seq_1_to_100`;
      const { cancel, outcome } = start(marked(slow));
      await begun();
      cancel.abort();
      expect(await outcome).toBeInstanceOf(CancelledError);
      expect((await query(`SELECT count(*) AS kept FROM ${held} WHERE id > 100`)).rows).toEqual([
        { kept: 0 },
      ]);
    });

    test("a call that was cancelled before it began asks nothing of the database", async () => {
      await expect(database.query({ sql: sleeps, parameters: [] }, AbortSignal.abort())).rejects.toThrow(
        CancelledError,
      );
      expect(database.pool()).toEqual({ idle: 0, used: 0, waiting: 0 });
    });

    test("cancelled calls make room for others at once, however many there were", async () => {
      for (let round = 0; round < 3; round += 1) {
        const calls = [start(sleeps), start(sleeps)];
        await begun(2);
        calls.forEach(({ cancel }) => cancel.abort());
        await Promise.all(calls.map(({ outcome }) => outcome));
      }
      expect((await database.query({ sql: "SELECT 1 AS one", parameters: [] })).rows).toEqual([{ one: 1 }]);
    });

    test("who waits for a connection leaves the line when he goes, and is told when none comes free", async () => {
      const calls = [start(sleeps), start(sleeps)];
      await begun(2);
      const [goes, waits] = [start(sleeps), start("SELECT 1")];
      expect(database.pool()).toMatchObject({ used: 2, waiting: 2 });
      goes.cancel.abort();
      expect(await goes.outcome).toBeInstanceOf(CancelledError);
      expect(database.pool().waiting).toBe(1);
      expect(await waits.outcome).toBeInstanceOf(BusyError);
      expect(String(await waits.outcome)).toContain("All connections are in use; none came free within 5 s");
      calls.forEach(({ cancel }) => cancel.abort());
      await Promise.all(calls.map(({ outcome }) => outcome));
      expect(database.pool()).toMatchObject({ used: 0, waiting: 0 });
    });

    test("the time limit is that of the whole call, and ends it in the database", async () => {
      const quick = openDatabase({ ...settings, limits: { ...settings.limits, milliseconds: 300 } });
      const ended = /time limit of 0.3 s|statement timeout|max_statement_time/;
      try {
        for (const sql of Object.values(LONG[kind]).filter((long) => !long.includes("HELD"))) {
          const { outcome } = start(marked(sql), quick);
          expect(String(await outcome)).toMatch(ended);
          await eventually(async () => (await running()) === 0);
          expect(quick.pool().used).toBe(0);
        }
        if (kind === "postgres") {
          // A page of rows may come within the limit, all of them don't.
          const paged = start(marked("SELECT pg_sleep(0.002) FROM generate_series(1, 1000)"), quick);
          expect(String(await paged.outcome)).toMatch(ended);
          expect(await running()).toBe(0);
        }
      } finally {
        await quick.close();
      }
    });

    describe("of a client of the program", () => {
      const program = bundled();
      const environment = {
        ...environmentOf(settings),
        DATABASE_CONNECTIONS: "2",
        DATABASE_TIMEOUT_SECONDS: "60",
      };
      afterAll(() => program.remove());

      const call = (client: Client, sql: string, signal?: AbortSignal) =>
        client.callTool({ name: "query", arguments: { sql } }, signal ? { signal } : {});

      describe.each<Era>(["legacy", "modern"])("of the %s era", (era) => {
        test.each(["http", "stdio", "attached"])(
          "calls over %s end when it cancels them, and when it goes",
          async (way) => {
            const server = way === "stdio" ? undefined : await program.http(environment);
            const client = await connected(
              era,
              way === "http" && server
                ? new StreamableHTTPClientTransport(server.url)
                : program.stdio(server ? { ...environment, MCP_SOCKET: program.socket } : environment),
            );
            const cancel = new AbortController();
            const cancelled = Promise.allSettled([1, 2].map(() => call(client, sleeps, cancel.signal)));
            await begun(2);
            cancel.abort();
            await cancelled;
            await eventually(async () => (await running()) === 0);
            expect(await call(client, "SELECT 1 AS one")).toMatchObject({
              structuredContent: { rows: [{ one: 1 }] },
            });
            const left = Promise.allSettled([1, 2].map(() => call(client, sleeps)));
            await begun(2);
            await client.close();
            await left;
            await eventually(async () => (await running()) === 0);
          },
        );
      });

      if (kind === "postgres")
        test("its calls end in the database also when the server is killed", async () => {
          const { url, process: server } = await program.http(environment);
          const client = await connected("modern", new StreamableHTTPClientTransport(url));
          const lost = call(client, sleeps).catch(() => undefined);
          await begun();
          server.kill("SIGKILL");
          await eventually(async () => (await running()) === 0);
          await client.close().catch(() => undefined);
          await lost;
        });
    });
  }),
);
