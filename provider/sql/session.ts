import { docker, DockerError } from "../../engine/docker";
import type { DatabaseKind } from "../../topology/types";
import { dialects, type Run } from "./dialects";

/** A database of a server that runs in a container. */
export interface DatabasePlace {
  containerId: string;
  kind: DatabaseKind;
  database: string;
}

/** What each container still has to do. */
const queues = new Map<string, Promise<unknown>>();

/**
 * One client after the other on each server: a client takes its memory from the server's own limit, and several at once have
 * had the server killed for it.
 */
export function inTurn<T>(containerId: string, work: () => Promise<T>): Promise<T> {
  const done = (queues.get(containerId) ?? Promise.resolve()).then(work);
  queues.set(
    containerId,
    done.catch(() => undefined),
  );
  return done;
}

/** Runs statements as the server's administrator, in one session. */
export function runStatements(
  { containerId, kind, database }: DatabasePlace,
  statements: string,
): Promise<string> {
  return runClient(containerId, { client: dialects[kind].client(database), statements });
}

/** Runs a client in a server's container, in its turn. */
export function runClient(containerId: string, { client, statements, variables = {} }: Run): Promise<string> {
  // A variable is named without its value, which would show in the list of processes.
  const names = Object.keys(variables).flatMap((name) => ["--env", name]);
  const command = ["exec", "-i", ...names, containerId, ...client];
  return inTurn(containerId, () => docker(command, { input: statements, env: variables }));
}

/**
 * What a server says of its accounts, for `judge` of its dialect: all in one session, and nothing is changed.
 * @throws Error with the server's words, and nothing of the answer.
 */
export async function askAccounts({ containerId, kind, database }: DatabasePlace): Promise<string> {
  const { client, bare, question } = dialects[kind];
  const asked = await runClient(containerId, {
    client: [...client(database), ...bare],
    statements: question,
  }).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if ("answer" in asked) return asked.answer;
  // The error is not kept as the cause, as the answer holds hashes; where the client said nothing, it has the answer for words.
  const { error } = asked;
  const said = error instanceof DockerError && error.stderr !== error.stdout ? error.stderr : "";
  const line = said.split("\n").find((text) => /error/i.test(text));
  throw new Error(line?.trim() ?? `${kind} does not say what its accounts may do`);
}
