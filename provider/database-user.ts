import { inspectContainer } from "../engine/container";
import { DockerError } from "../engine/docker";
import { inspect } from "../engine/inspect";
import { changedKeys, type Properties, type ResourceType } from "./resource";
import { dialects } from "./sql/dialects";
import type { DatabaseUserRights } from "./sql/rights";
import { askAccounts, runClient, runStatements } from "./sql/session";

export interface DatabaseUserInputs extends Properties, DatabaseUserRights {
  containerId: string;
}

/**
 * A user of a database server with just the rights that its access names. Every statement can be repeated: after a
 * new container, a kept volume or a new password the same user is brought to the same rights again. So it is where
 * somebody changed them on the server, which a preview finds.
 */
export const databaseUser: ResourceType<DatabaseUserInputs> = {
  async diff(olds, news) {
    // A reach that is left out now is a change as well.
    const changed = changedKeys(olds, { reach: undefined, ...news });
    const replaces = changed.filter((key) => ["kind", "database", "name"].includes(key));
    return { changes: changed.length > 0 || !(await holds(news)), replaces };
  },
  async create(inputs) {
    await run(inputs, "grant");
    return { id: `${inputs.kind}/${inputs.database}/${inputs.name}`, outputs: {} };
  },
  async update(_olds, news) {
    await run(news, "grant");
    // One that ends its own session with the others says that it failed.
    await runClient(news.containerId, dialects[news.kind].endSessions(news)).catch(() => undefined);
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

/** What servers have answered since something was last changed on them: all users of one are found by one question. */
const answers = new Map<string, Promise<string>>();

/** Whether the user may do what its access says, and nothing else. True as well where that can't be asked. */
async function holds(user: DatabaseUserInputs): Promise<boolean> {
  try {
    if ((await inspectContainer(user.containerId))?.State.Status !== "running") return true;
    const key = `${user.containerId} ${user.database}`;
    const answer = answers.get(key) ?? askAccounts(user);
    answers.set(key, answer);
    return dialects[user.kind].judge(await answer, [user]).every(({ of }) => of === "foreign");
  } catch {
    return true;
  }
}

async function run(user: DatabaseUserInputs, action: "grant" | "disable"): Promise<void> {
  answers.delete(`${user.containerId} ${user.database}`);
  const error = await runStatements(user, dialects[user.kind][action](user)).then(
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
