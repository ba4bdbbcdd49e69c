import { docker } from "../../../engine/docker";
import { type Database, startMariadb, startPostgres } from "../../../test/services/databases";
import { eventually } from "../../host/test/support";
import { databaseEnvironment, describeWithPython, PythonServer } from "./support";

interface Health {
  ready: boolean;
  checks: Record<string, { ok: boolean }>;
}

// A database of its own for each test: the others must not lose theirs.
describeWithPython("python-experimental beside a database that is stopped and started", (python) => {
  test.each([
    ["postgres", startPostgres],
    ["mariadb", startMariadb],
  ] as const)("%s: is not ready for just as long, and says which it is", async (kind, start) => {
    let database: Database | undefined;
    let server: PythonServer | undefined;
    try {
      database = await start();
      server = await PythonServer.start(python, databaseEnvironment({ [kind]: database.url }));
      const url = new URL("/health", server.url);
      const health = async () => (await (await fetch(url)).json()) as Health;
      expect(await health()).toMatchObject({ ready: true });
      await docker(["stop", database.container]);
      const { ready, checks } = await health();
      expect([ready, Object.keys(checks).filter((name) => !checks[name]?.ok)]).toEqual([false, [kind]]);
      await docker(["start", database.container]);
      await eventually(async () => (await health()).ready);
    } finally {
      await server?.stop();
      await database?.stop();
    }
  });
});
