import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../../host/log";
import { type Served, served } from "../../host/test/serving";
import { openService } from "../src/service";

/** A server from npm's registry, as it is installed. */
export const everything = JSON.stringify([
  process.execPath,
  join(__dirname, "../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js"),
  "stdio",
]);

/** Hosts a command, and gives what it logs. */
export async function host(
  command: string,
  settings: Record<string, string> = {},
): Promise<Served & { log: () => string }> {
  let log = "";
  const logger = createLogger("info", (line) => (log += line));
  const environment = { PATH: process.env.PATH, HOME: "/nonexistent", HOSTED_COMMAND: command, ...settings };
  return { ...(await served(openService(environment, logger))), log: () => log };
}

/** A command that is a small program of the test's own. */
export const script = (code: string) => JSON.stringify([process.execPath, "-e", code]);

/** Whether this machine's Python can install packages. */
export function hasPip(): boolean {
  try {
    execFileSync("python3", ["-m", "pip", "--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Installs a server from PyPI, checked against its lock, and gives the folder that its packages are in. */
export function installTimeServer(): string {
  const folder = mkdtempSync(join(tmpdir(), "mcp-server-time-"));
  const lock = join(__dirname, "python", "requirements.lock");
  const options = [
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--require-hashes",
    "--only-binary=:all:",
  ];
  execFileSync("python3", ["-m", "pip", "install", ...options, "--target", folder, "--requirement", lock], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return folder;
}
