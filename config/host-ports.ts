import { createServer } from "node:net";
import { docker } from "../engine/docker";
import type { Topology } from "../topology";
import { allServices } from "../topology/services";
import { type Problem, SettingsError, setCommand } from "./errors";

/** No port below takes rights of its own to listen on. */
const firstUnprivileged = 1024;

/**
 * Refuses published ports that something else on this host has taken, before anything is registered.
 * @throws SettingsError
 */
export async function hostPortsFree(topology: Topology): Promise<void> {
  const published = allServices(topology).flatMap(({ name, ports }) =>
    ports.map((port) => ({ name, ...port })),
  );
  const wanted = new Set(published.map(({ host }) => host));
  const problems: Problem[] = [];
  for (const { name, host, address } of published) {
    if ((await isFree(host, address)) || (await isOurs(topology.stack, host))) continue;
    const key = `mcp:services.${name}.publish`;
    const other = await nextFree(host, address, wanted);
    wanted.add(other);
    const fix = setCommand(key, other);
    problems.push({ key, value: String(host), wrong: "is in use on this host already", fix });
  }
  if (problems.length > 0) throw new SettingsError(topology.stack, problems);
}

function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"))
      .listen(port, address, () => server.close(() => resolve(true)));
  });
}

/** Whether a container of this stack holds the port: a second update finds its own. */
async function isOurs(stack: string, port: number): Promise<boolean> {
  const filters = [`label=dev.mcp.stack=${stack}`, `publish=${port}`].flatMap((filter) => [
    "--filter",
    filter,
  ]);
  return (await docker(["ps", "--quiet", ...filters]).catch(() => "")).trim() !== "";
}

/** The next port that is free: one that the system gives to whoever asks for any would be somebody else's tomorrow. */
async function nextFree(taken: number, address: string, wanted: ReadonlySet<number>): Promise<number> {
  for (let port = taken + 1; port <= 65_535; port += 1)
    if (!wanted.has(port) && (await isFree(port, address))) return port;
  return nextFree(firstUnprivileged - 1, address, wanted);
}
