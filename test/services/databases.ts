import { randomBytes } from "node:crypto";
import { docker } from "../../engine/docker";
import { waitHealthy } from "../../engine/health";
import { ensureImage } from "../../imaging";
import { chosenImageSource } from "../../config/image-source";
import { mariadb, postgres } from "../../topology/databases";
import type { ServiceTemplate } from "../../topology/service";
import { startOf } from "../images/containers";
import { freePort } from "../engine/support/ports";

/** Label of the containers that a test run starts for the services' tests. */
const label = "dev.mcp.test=services";

/** A database server that only this test run knows. */
export interface Database {
  url: string;
  container: string;
  stop: () => Promise<void>;
}

/** PostgreSQL as the cluster runs it, published on the loopback at a port that it keeps when it is restarted. */
export function startPostgres(): Promise<Database> {
  return start(postgres, ["POSTGRES_DB=test"], "POSTGRES_PASSWORD", "postgres://postgres");
}

/** MariaDB, likewise. */
export function startMariadb(): Promise<Database> {
  const socketUser = ["MARIADB_MYSQL_LOCALHOST_USER=1", "MARIADB_MYSQL_LOCALHOST_GRANTS=USAGE"];
  return start(mariadb, ["MARIADB_DATABASE=test", ...socketUser], "MARIADB_ROOT_PASSWORD", "mariadb://root");
}

async function start(service: ServiceTemplate, environment: string[], secret: string, account: string) {
  const image = await ensureImage(
    { image: service.image, source: chosenImageSource("auto") },
    { log: () => undefined },
  );
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const asked = service.probe.command;
  const probe = asked[0] === "CMD-SHELL" ? (asked[1] ?? "") : asked.slice(1).map(quoted).join(" ");
  const { entrypoint: [program, ...first] = [], command = [] } = startOf(service);
  const id = (
    await docker([
      ...["run", "--detach", "--label", label, "--publish", `127.0.0.1:${port}:${service.port}`],
      ...["--health-cmd", probe, "--health-interval", "1s", "--health-retries", "60"],
      ...[...environment, `${secret}=${password}`].flatMap((variable) => ["--env", variable]),
      ...(program === undefined ? [] : ["--entrypoint", program]),
      ...[image, ...first, ...command],
    ])
  ).trim();
  await waitHealthy(id, 120);
  return {
    container: id,
    url: `${account}:${password}@127.0.0.1:${port}/test`,
    stop: async () => {
      await docker(["rm", "--force", "--volumes", id]);
      await forgetImage(image);
    },
  };
}

/** Takes an image that the run brought off the engine again, unless something else has it. */
export async function forgetImage(id: string): Promise<void> {
  await docker(["image", "rm", id]).catch(() => undefined);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
