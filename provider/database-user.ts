import { inspectContainer } from "../engine/container";
import { docker, DockerError } from "../engine/docker";
import { inspect } from "../engine/inspect";
import { changedKeys, type Properties, type ResourceType } from "./resource";
import { type DatabaseUserRights, dialects } from "./sql/dialects";

export interface DatabaseUserInputs extends Properties, DatabaseUserRights {
  containerId: string;
}

/**
 * A user of a database server with just the rights that its access names. Every statement can be repeated: after a
 * new container, a kept volume or a new password the same user is brought to the same rights again.
 */
export const databaseUser: ResourceType<DatabaseUserInputs> = {
  async diff(olds, news) {
    const changed = changedKeys(olds, news);
    const replaces = changed.filter((key) => ["kind", "database", "name"].includes(key));
    return { changes: changed.length > 0, replaces };
  },
  async create(inputs) {
    await run(inputs, "grant");
    return { id: `${inputs.kind}/${inputs.database}/${inputs.name}`, outputs: {} };
  },
  async update(_olds, news) {
    await run(news, "grant");
    return {};
  },
  async read(state) {
    return (await inspect("container", state.containerId)) ? {} : undefined;
  },
  /** The user may own tables, and data outlives the stack: it is locked out, not dropped. */
  async delete(state, { log }) {
    const container = await inspectContainer(state.containerId);
    if (container?.State.Status !== "running") return;
    await run(state, "disable").catch((error: Error) =>
      log(`${state.name} was not disabled: ${error.message}`),
    );
  },
};

/** What each container still has to do. */
const queues = new Map<string, Promise<void>>();

/**
 * One statement after the other on each server: a client takes its memory from the server's own limit, and several
 * at once have had the server killed for it.
 */
function run(user: DatabaseUserInputs, action: "grant" | "disable"): Promise<void> {
  const done = (queues.get(user.containerId) ?? Promise.resolve()).then(() => runNow(user, action));
  queues.set(
    user.containerId,
    done.catch(() => undefined),
  );
  return done;
}

async function runNow(user: DatabaseUserInputs, action: "grant" | "disable"): Promise<void> {
  const dialect = dialects[user.kind];
  const command = ["exec", "-i", user.containerId, ...dialect.client(user.database)];
  const error = await docker(command, { input: dialect[action](user) }).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!error) return;
  // The first error is not kept as the cause: it may hold the password.
  const reason =
    error instanceof DockerError
      ? error.stderr.replaceAll(user.password, "[secret]").trim()
      : (error as Error).message;
  const doing = action === "grant" ? "given its rights" : "disabled";
  throw new Error(`Database user ${user.name} of ${user.kind} could not be ${doing}: ${reason}`);
}
