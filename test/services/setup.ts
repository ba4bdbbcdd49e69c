import { startMariadb, startPostgres } from "./databases";
import { pythonForTests } from "./python";

/** Before the services' tests: real databases in the project's own images, and the image's Python. */
export default async function setup(): Promise<void> {
  const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  process.env.TEST_POSTGRES_URL = postgres.url;
  process.env.TEST_MARIADB_URL = mariadb.url;
  const python = await pythonForTests(postgres.container);
  process.env.TEST_PYTHON = python.command;
  (globalThis as { stopDatabases?: () => Promise<unknown> }).stopDatabases = () =>
    Promise.all([postgres.stop(), mariadb.stop(), python.forget()]);
}
