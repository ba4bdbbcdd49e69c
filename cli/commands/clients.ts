import { closest } from "fastest-levenshtein";
import { commandArguments, UsageError } from "../arguments";
import { mcpClients } from "../clients/formats";
import { hostServers, workspaceServers } from "../clients/servers";
import { describeStack } from "../stack-file";

/** `npm run clients`: settings with which MCP clients use a stack's servers, of all clients or of one. */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, { flags: ["inside"], options: ["client"] });
  const { topology } = describeStack(given);
  const servers = given.inside ? workspaceServers(topology) : hostServers(topology);
  if (Object.keys(servers).length === 0) throw new UsageError(`"${given.stack}" has no MCP servers.`);
  if (given.client !== undefined) {
    process.stdout.write(clientCalled(given.client).write(servers));
    return 0;
  }
  for (const { title, place, write } of Object.values(mcpClients)) {
    console.log(`${title}: ${place.replaceAll(/[`*]/g, "")}\n\n${write(servers)}`);
  }
  return 0;
}

function clientCalled(name: string) {
  const client = Object.hasOwn(mcpClients, name) ? mcpClients[name] : undefined;
  if (client) return client;
  const known = Object.keys(mcpClients);
  throw new UsageError(
    `--client: "${name}" is not known; did you mean "${closest(name, known)}"? Known: ${known.join(", ")}. ` +
      "Most other clients understand the settings of claude-desktop.",
  );
}
