import { docker } from "../../../engine/docker";
import { type Database, startMariadb, startPostgres } from "../../../test/services/databases";
import { eventually } from "../../host/test/support";
import { bundled, databaseSettings, environmentOf } from "./support";

// A database of its own for each test: the others must not lose theirs.
describe.each([
  ["postgres", startPostgres],
  ["mariadb", startMariadb],
] as const)("%s that is stopped and started", (kind, start) => {
  const program = bundled();
  let database: Database;
  beforeAll(async () => {
    database = await start();
  });
  afterAll(async () => {
    program.remove();
    await database.stop();
  });

  test.each(["stop", "kill"])("by docker %s makes the server unhealthy for just as long", async (command) => {
    const { url, process: server } = await program.http(environmentOf(databaseSettings(kind, database.url)));
    const health = () => program.run(["health"], { MCP_PORT: url.port });
    expect(await health()).toMatchObject({ code: 0 });
    await docker([command, database.container]);
    expect(await health()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^not ready: database/) as unknown,
    });
    await docker(["start", database.container]);
    await eventually(async () => (await health()).code === 0);
    expect(server.exitCode).toBeNull();
  });
});
