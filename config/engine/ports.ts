import { createServer } from "node:net";
import { askEngine } from "../../engine/api";
import { inspectExisting } from "../../engine/inspect";
import type { Topology } from "../../topology";
import { allServices } from "../../topology/services";
import { type Problem, setCommand } from "../errors";

/** No port below takes rights of its own to listen on. */
const firstUnprivileged = 1024;

/** Published ports that something else on this host has taken. */
export async function takenPorts(topology: Topology): Promise<Problem[]> {
  const published = allServices(topology).flatMap(({ name, ports }) =>
    ports.map((port) => ({ name, ...port })),
  );
  const wanted = new Set(published.map(({ host }) => host));
  const problems: Problem[] = [];
  for (const { name, host, address } of published) {
    if ((await isFree(host, address)) || (await isOurs(topology.stack, host))) continue;
    // An update beside this one may have taken away the container that had it, between the two questions.
    if (await isFree(host, address)) continue;
    const key = `mcp:services.${name}.publish`;
    const other = await nextFree(host, address, wanted);
    wanted.add(other);
    const fix = setCommand(key, other);
    problems.push({ key, value: String(host), wrong: "is in use on this host already", fix });
  }
  return problems;
}

function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"))
      .listen(port, address, () => server.close(() => resolve(true)));
  });
}

/**
 * Whether a container of this stack is to have the port: a second update finds its own, one that another is starting or ending
 * among them, which has the port already or still.
 */
async function isOurs(stack: string, port: number): Promise<boolean> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.mcp.stack=${stack}`] }));
  const found = await askEngine<{ Id: string }[]>(`/containers/json?all=true&filters=${filters}`).catch(
    () => [],
  );
  const containers = await inspectExisting<Publishing>(
    "container",
    found.map(({ Id }) => Id),
  ).catch(() => []);
  const bindings = containers.flatMap(({ HostConfig }) =>
    Object.values(HostConfig.PortBindings ?? {}).flat(),
  );
  return bindings.some((binding) => binding?.HostPort === String(port));
}

/** What the engine tells of a container's published ports, whether it runs or not. */
interface Publishing {
  HostConfig: { PortBindings: Record<string, { HostPort: string }[] | null> | null };
}

/** The next port that is free: one that the system gives to whoever asks for any would be somebody else's tomorrow. */
async function nextFree(taken: number, address: string, wanted: ReadonlySet<number>): Promise<number> {
  for (let port = taken + 1; port <= 65_535; port += 1)
    if (!wanted.has(port) && (await isFree(port, address))) return port;
  return nextFree(firstUnprivileged - 1, address, wanted);
}
