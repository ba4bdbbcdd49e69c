import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SERVICE = join(__dirname, "..");

/** The user of the image; where the tests run as root, the server's runs as somebody without rights. */
const IMAGE_USER = { uid: 10001, gid: 10001 };

/** How to start an interpreter that has the server's dependencies. */
export interface Python {
  command: string;
  user: { uid?: number; gid?: number };
}

/**
 * The interpreter that TEST_PYTHON names, that of a virtual environment for one, or `python3`. Undefined where it lacks
 * what requirements.lock lists, or libseccomp: the tests are skipped then, and run where the image's contents are.
 */
export function findPython(): Python | undefined {
  const command = process.env.TEST_PYTHON ?? "python3";
  const check = "import ctypes, mcp, prometheus_client, psycopg, pymysql; ctypes.CDLL('libseccomp.so.2')";
  const works = (user: Python["user"]) =>
    spawnSync(command, ["-B", "-c", check], { ...user, timeout: 60_000 }).status === 0;
  const users = process.getuid?.() === 0 ? [IMAGE_USER, {}] : [{}];
  const user = users.find(works);
  return user && { command, user };
}

/** `describe`, or a skipped one that says what is missing. */
export function describeWithPython(name: string, tests: (python: Python) => void): void {
  const python = findPython();
  if (python) describe(name, () => tests(python));
  else
    describe.skip(`${name} (skipped: TEST_PYTHON names no Python with requirements.lock and libseccomp2)`, () =>
      test("none", () => undefined));
}

/**
 * The variables that tell the server where its databases are: at the given URLs, else at those that the environment
 * names, else nowhere.
 */
export function databaseEnvironment(
  urls: { postgres?: string; mariadb?: string } = {},
): Record<string, string> {
  const variables = (kind: string, url: string | undefined) => {
    const { hostname, port, pathname, username, password } = new URL(
      url ?? "none://nobody:none@127.0.0.1:9/none",
    );
    return Object.entries({
      HOST: hostname,
      PORT: port,
      DATABASE: pathname.slice(1),
      USER: username,
      PASSWORD: password,
    })
      .filter(([, value]) => value !== "")
      .map(([key, value]) => [`${kind}_${key}`, decodeURIComponent(value)]);
  };
  return Object.fromEntries([
    ...variables("POSTGRES", urls.postgres ?? process.env.TEST_POSTGRES_URL),
    ...variables("MARIADB", urls.mariadb ?? process.env.TEST_MARIADB_URL),
  ]) as Record<string, string>;
}

/** Runs Python to its end. */
export async function runPython(
  { command, user }: Python,
  args: string[],
  environment: Record<string, string | undefined>,
): Promise<{ code: number | null; output: string }> {
  const env = { PATH: process.env.PATH, PYTHONPATH: `${join(SERVICE, "src")}:${SERVICE}`, ...environment };
  const child = spawn(command, ["-B", ...args], {
    cwd: SERVICE, // Python takes in the folder it is started in, and a run may read all that it takes in
    env,
    ...user,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

/** A server process over HTTP. */
export class PythonServer {
  private log = "";
  private constructor(
    readonly process: ReturnType<typeof spawn>,
    readonly url: URL,
    readonly socket: string,
  ) {}

  /** Starts a server on a free port and waits until it serves. */
  static async start(
    { command, user }: Python,
    environment: Record<string, string> = {},
  ): Promise<PythonServer> {
    const socket = join(tmpdir(), `python-experimental-test-${process.pid}-${Date.now()}.sock`);
    const env = {
      PATH: process.env.PATH,
      PYTHONPATH: join(SERVICE, "src"),
      MCP_PORT: "0",
      MCP_HOST: "127.0.0.1",
      MCP_SOCKET: socket,
      ...databaseEnvironment(),
      ...environment,
    };
    const args = ["-B", "-m", "python_experimental", "http"];
    const child = spawn(command, args, { env, ...user, stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    const port = await new Promise<string>((resolve, reject) => {
      child.stderr.on("data", (chunk: Buffer) => {
        log += chunk.toString();
        const serving = /over http, port (\d+)/.exec(log);
        if (serving) resolve(serving[1] ?? "");
      });
      child.once("exit", (code) => reject(new Error(`exited with ${code}: ${log}`)));
    });
    const server = new PythonServer(child, new URL(`http://127.0.0.1:${port}/mcp`), socket);
    child.stderr.on("data", () => (server.log = log));
    return server;
  }

  /** What the server has logged. */
  logged(): string {
    return this.log;
  }

  /** Lets the server end by itself, so that it removes what it has in /tmp. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await exited;
  }
}
