import { runClient } from "../../provider/sql/session";
import { dialects } from "../../provider/sql/dialects";
import type { DatabaseKind, DatabaseUserSpec, Topology } from "../../topology";
import { allServices } from "../../topology/services";
import type { StackArguments } from "../arguments";
import { commandLine } from "./command-line";
import { stackContainers } from "./fleet";

/** A service's user of a database, with what the settings let it into. */
interface Reaching {
  service: string;
  user: DatabaseUserSpec & { reach: readonly string[] };
}

/**
 * A sentence on each schema and database that the settings let a server into and that is not there yet: that is no fault, and
 * whoever makes it wants to know when the server sees it. None about a database server that does not answer.
 */
export async function notThereYet(stack: StackArguments, topology: Topology): Promise<string[]> {
  const reaching = allServices(topology).flatMap(({ name, databaseUsers }) =>
    databaseUsers.flatMap(({ reach, ...user }): Reaching[] =>
      reach ? [{ service: name, user: { ...user, reach } }] : [],
    ),
  );
  if (reaching.length === 0) return [];
  const containers = await stackContainers(stack, topology);
  const told = reaching.map(async ({ service, user }) => {
    const container = containers.get(user.server);
    const there = container?.State.Status === "running" ? await placesOf(container.Id, user) : undefined;
    if (!there) return [];
    return user.reach
      .filter((name) => !there.includes(name))
      .map((name) => sentence(name, service, user, stack));
  });
  return (await Promise.all(told)).flat();
}

const nouns: Record<DatabaseKind, string> = { postgres: "schema", mariadb: "database" };

function sentence(name: string, service: string, { kind, server }: DatabaseUserSpec, stack: StackArguments) {
  const opened =
    kind === "postgres"
      ? `it will be opened by the first ${commandLine("up", stack)} after it is made`
      : "it is open as soon as it is made";
  return `The ${nouns[kind]} "${name}" of ${server}, which ${service} is let into, is not there yet: ${opened}.`;
}

/** All that a user of this server may be let into; undefined where it does not say. */
async function placesOf(
  containerId: string,
  { kind, database }: DatabaseUserSpec,
): Promise<string[] | undefined> {
  const { client, bare, places } = dialects[kind];
  const asked = { client: [...client(database), ...bare], statements: places };
  return runClient(containerId, asked).then(
    (answer) => answer.split("\n").filter(Boolean),
    () => undefined,
  );
}
