import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { BundledProgram } from "../../host/test/program";
import type { Settings } from "../src/settings";

/** The databases the tests run against, as `postgres://user:password@host:port/name` and `mariadb://…`. */
const URLS = { postgres: process.env.TEST_POSTGRES_URL, mariadb: process.env.TEST_MARIADB_URL };

/** Both kinds with their settings; undefined where the environment names no database to test against. */
export const databases = (["postgres", "mariadb"] as const).map((kind) => ({
  kind,
  settings: settingsOf(kind),
}));

/** `describe`, or a skipped one that says what is missing. */
export function describeWith(
  kind: Settings["kind"],
  name: string,
  tests: (settings: Settings) => void,
): void {
  const settings = settingsOf(kind);
  const variable = `TEST_${kind.toUpperCase()}_URL`;
  if (settings) describe(`${kind}: ${name}`, () => tests(settings));
  else
    describe.skip(`${kind}: ${name} (skipped: ${variable} names no database)`, () =>
      test("none", () => undefined));
}

function settingsOf(kind: Settings["kind"]): Settings | undefined {
  const url = URLS[kind];
  return url ? databaseSettings(kind, url) : undefined;
}

/** Settings for the database at a URL. */
export function databaseSettings(kind: Settings["kind"], given: string): Settings {
  const url = new URL(given);
  return {
    kind,
    access: "write",
    connection: {
      host: url.hostname,
      port: Number(url.port || (kind === "postgres" ? 5432 : 3306)),
      database: url.pathname.slice(1),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    },
    connections: 4,
    limits: { rows: 1000, bytes: 1024 * 1024, milliseconds: 5000 },
  };
}

/** The environment that makes the program use a database. */
export function environmentOf({ kind, access, connection }: Settings): Record<string, string> {
  return {
    DATABASE_KIND: kind,
    DATABASE_ACCESS: access,
    DATABASE_HOST: connection.host,
    DATABASE_PORT: String(connection.port),
    DATABASE_NAME: connection.database,
    DATABASE_USER: connection.user,
    DATABASE_PASSWORD: connection.password,
  };
}

/** The program as the image runs it. */
export const bundled = () => new BundledProgram(join(__dirname, "..", "src", "main.ts"));

/** A way to a database that can be cut and restored, as when the database restarts. */
export class Cable {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  port = 0;

  constructor(private readonly to: { host: string; port: number }) {}

  async plug(): Promise<void> {
    this.server = createServer((near) => {
      const far = connect(this.to.port, this.to.host);
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as { port: number }).port;
  }

  /** Lets nothing more through on the connections that there are, and says so to neither side; new ones work. */
  silence(): void {
    this.sockets.forEach((socket) => socket.unpipe().pause());
  }

  async cut(): Promise<void> {
    const closed = this.server && once(this.server, "close");
    this.server?.close();
    this.sockets.forEach((socket) => socket.resetAndDestroy());
    await closed;
  }
}
