import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMariadb, startPostgres } from "./databases";
import { pythonForTests } from "./python";

/** Before the services' tests: real databases in the project's own images, the image's Python, and a folder for bundled programs. */
export default async function setup(): Promise<void> {
  const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  process.env.TEST_POSTGRES_URL = postgres.url;
  process.env.TEST_MARIADB_URL = mariadb.url;
  process.env.TEST_POSTGRES_CONTAINER = postgres.container;
  process.env.TEST_MARIADB_CONTAINER = mariadb.container;
  const python = await pythonForTests(postgres.container);
  process.env.TEST_PYTHON = python.command;
  const bundles = mkdtempSync(join(tmpdir(), "bundles-"));
  process.env.TEST_BUNDLES = bundles;
  (globalThis as { stopDatabases?: () => Promise<unknown> }).stopDatabases = () => {
    rmSync(bundles, { recursive: true });
    return Promise.all([postgres.stop(), mariadb.stop(), python.forget()]);
  };
}
