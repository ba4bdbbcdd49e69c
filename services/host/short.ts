import { askHealth } from "./ask-health";
import { attach, socketPath } from "./attach";

const COMMANDS = ["http", "stdio", "health"];

/**
 * Runs what needs no server of its own: `health`, `stdio` where a server runs to attach to, and the complaint about
 * another subcommand.
 * @returns the exit code; undefined where the program itself has to serve.
 */
export async function runShort(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number | undefined> {
  const [command = "http", ...rest] = argv;
  if (rest.length > 0 || !COMMANDS.includes(command)) {
    process.stderr.write("usage: mcp-server [http|stdio|health]\n");
    return 2;
  }
  if (command === "stdio") return (await attach(socketPath(environment))) ? 0 : undefined;
  if (command !== "health") return undefined;
  const { ready, message } = await askHealth(Number(environment.MCP_PORT || 8000), {
    tlsFolder: environment.MCP_TLS_FOLDER,
  });
  await new Promise((resolve) => process.stdout.write(`${message}\n`, resolve));
  return ready ? 0 : 1;
}
