import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { networkNames } from "../topology/networks";
import { allServices } from "../topology/services";
import type { StackArguments } from "./arguments";
import { commandLine } from "./operate/command-line";
import { stackIsThere } from "./pulumi";
import { backendFolder } from "./repair/folder-backend";
import { labelledObjects } from "./repair/objects";
import { stateEnvironment } from "./setup/state";
import { SetupError } from "./setup/step";
import { describeStack } from "./stack-file";

/**
 * Why something is not to be had of a stack's state: the stack was never put up, or by somebody whose state is elsewhere; or
 * it is too old to have it.
 * @param what is missing, for example `its password`.
 */
export async function missingInState(stack: StackArguments, what: string): Promise<SetupError> {
  const elsewhere = await stateElsewhere(stack);
  if (elsewhere) return new SetupError(elsewhere);
  const up = commandLine("up", stack);
  if (!(await hasState(stack))) return new SetupError(`"${stack.stack}" was never put up. Do so with: ${up}`);
  return new SetupError(`The state of "${stack.stack}" does not have ${what}. Mend it with: ${up}`);
}

/**
 * That a stack runs on this engine whose state this user does not have, and what can be done; undefined where that is not so.
 */
export async function stateElsewhere(stack: StackArguments): Promise<string | undefined> {
  if ((await hasState(stack)) || !(await isOnEngine(stack))) return undefined;
  return (
    `"${stack.stack}" is on this engine, but its state is not where yours is looked for, ${statePlace()}: another user has put ` +
    `it up, or you with another MCP_STATE or PULUMI_BACKEND_URL. Run this as it was put up; who has that state alone has the ` +
    `stack's secrets and can update it. Only if it is lost: ${commandLine("repair", stack)}`
  );
}

/** Whether the backend has the stack. */
export async function hasState(stack: StackArguments): Promise<boolean> {
  const folder = backendFolder(backendUrl());
  if (folder === undefined) return stackIsThere(stack);
  const file = join(folder, "stacks", "mcp", `${stack.stack}.json`);
  return existsSync(file) || existsSync(`${file}.gz`);
}

function backendUrl(): string | undefined {
  return stateEnvironment().PULUMI_BACKEND_URL ?? process.env.PULUMI_BACKEND_URL;
}

/** Where states are looked for, and for whom: `/home/ann/.local/state/mcp-environments, as the user ann`. */
function statePlace(): string {
  const url = backendUrl();
  const folder = backendFolder(url);
  const place = folder ? dirname(folder) : "your Pulumi backend";
  const user = userName();
  return user ? `${place} (you are ${user})` : place;
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // an ID without a name, as in containers
  }
}

/** Whether the engine has containers or networks of the stack by the names that it wants. */
async function isOnEngine(stack: StackArguments): Promise<boolean> {
  const { topology } = describeStack(stack);
  const names = new Set([
    ...networkNames(topology),
    ...allServices(topology).map(({ containerName }) => containerName),
  ]);
  try {
    return (await labelledObjects(stack.stack)).some(({ name }) => names.has(name));
  } catch {
    return false; // no engine answers, which is said where it matters
  }
}
