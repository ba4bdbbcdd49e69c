import { createServer } from "node:net";
import { docker } from "../engine/docker";
import type { Topology } from "../topology";
import { type Problem, SettingsError, setCommand } from "./errors";

/**
 * Refuses published ports that something else on this host has taken, before anything is registered.
 * @throws SettingsError
 */
export async function hostPortsFree(topology: Topology): Promise<void> {
  const published = topology.tiers
    .flatMap((tier) => tier.services)
    .flatMap(({ name, ports }) => ports.map((port) => ({ name, ...port })));
  const problems: Problem[] = [];
  for (const { name, host, address } of published) {
    if ((await isFree(host, address)) || (await isOurs(topology.stack, host))) continue;
    const key = `mcp:services.${name}.publish`;
    const fix = setCommand(key, await anyFreePort(address));
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

function anyFreePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once("error", reject)
      .listen(0, address, () => {
        const bound = server.address();
        server.close(() => resolve(typeof bound === "object" && bound ? bound.port : 0));
      });
  });
}
