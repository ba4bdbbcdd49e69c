import { didYouMean } from "../../config/did-you-mean";
import type { Settings } from "../../config/schema";
import { commandArguments, type StackArguments, type Usage, UsageError } from "../arguments";
import { mcpClients } from "../clients/formats";
import { hostServers, publishedServers, workspaceServers } from "../clients/servers";
import { useEnvironment } from "../environment";
import { secretOutput } from "../pulumi";
import { describeStack } from "../stack-file";
import { missingInState } from "../whose-state";

/** What it takes. */
export const usage = {
  summary: "prints settings with which MCP clients use a stack's servers",
  flags: {
    inside: "for clients in the devcontainer",
  },
  options: {
    client: ["NAME", "of that client only"],
    as: ["NAME", "with the key of that client of the gateway"],
  },
} as const satisfies Usage;

/**
 * `npm run clients`: settings with which MCP clients use a stack's servers, of all clients or of one. Where a gateway asks for
 * a key, it is that of the client `default`, or of the one that `--as` names.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  const { topology, settings } = describeStack(given);
  const servers = given.inside
    ? workspaceServers(topology)
    : { ...hostServers(topology), ...publishedServers(topology, await keyOf(given, settings, given.as)) };
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

/** The newest key of a client of the gateway; undefined where there is no gateway, or it lets everybody in. */
async function keyOf(
  stack: StackArguments,
  { system, clients }: Settings,
  asked: string | undefined,
): Promise<string | undefined> {
  const names = system === "tekup" ? Object.keys(clients) : [];
  const name = asked ?? (names.includes("default") ? "default" : names[0]);
  if (name === undefined) return undefined;
  if (!names.includes(name))
    throw new UsageError(
      `--as: "${name}" is not a client of "${stack.stack}"; known: ${names.join(", ") || "none"}`,
    );
  await useEnvironment();
  const keys = JSON.parse((await secretOutput(stack, "clientKeys")) ?? "{}") as Record<string, string>;
  const key = keys[name];
  if (key === undefined) throw await missingInState(stack, `a key of the client "${name}"`);
  return key;
}

function clientCalled(name: string) {
  const client = Object.hasOwn(mcpClients, name) ? mcpClients[name] : undefined;
  if (client) return client;
  const known = Object.keys(mcpClients);
  throw new UsageError(
    `--client: "${name}" is not known${didYouMean(name, known)} Known: ${known.join(", ")}. ` +
      "Most other clients understand the settings of claude-desktop.",
  );
}
