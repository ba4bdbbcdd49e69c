import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";

/**
 * Where the server that runs in a container listens for `stdio` processes. The port is part of the name, so that
 * two servers on one machine don't meet.
 */
export function socketPath(environment: NodeJS.ProcessEnv): string {
  return environment.MCP_SOCKET || `/tmp/mcp-server-${environment.MCP_PORT || "8000"}.sock`;
}

/**
 * Hands standard input and output to the server that runs already, and resolves when either side ended.
 *
 * `docker exec … stdio` starts a process for each client. One that only passes bytes on starts several times as fast as
 * one that loads a server, takes little memory, and shares the running server's database connections and limits.
 * @returns false where no server of this user listens; nothing was read or written then.
 */
export async function attach(path: string): Promise<boolean> {
  const socket = await open(path);
  if (!socket) return false;
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
  await new Promise<void>((resolve) => {
    socket.once("close", resolve).on("error", () => undefined);
    process.stdout.on("error", () => socket.destroy());
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => socket.destroy());
  });
  return true;
}

async function open(path: string): Promise<Socket | undefined> {
  // Somebody else's socket may lie at this path outside a container, and would get to see the client's calls.
  const owner = statSync(path, { throwIfNoEntry: false });
  if (!owner?.isSocket() || owner.uid !== process.getuid?.()) return undefined;
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(undefined)).once("connect", () => resolve(socket));
  });
}
