import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolder } from "../../../engine/files";
import { configFileArgs, type StackArguments } from "../../arguments";
import { keepingSettings } from "../../keep-settings";
import { root } from "../../paths";
import { run } from "../../process";
import { exportStack } from "../../pulumi";
import { SetupError } from "../../setup/step";

/** A stack's state as Pulumi exports it. Source: Pulumi's apitype.UntypedDeployment, version 3. */
export interface Deployment {
  version: number;
  deployment: {
    manifest?: object;
    resources?: Resource[];
    pending_operations?: PendingOperation[];
    [more: string]: unknown;
  };
}

/** An operation that an update began, as a state notes it. Source: Pulumi's apitype.OperationV2. */
export interface PendingOperation {
  type: string;
  resource: Pick<Resource, "urn" | "type">;
}

/** A resource of a state, as far as it is written here. Source: Pulumi's apitype.ResourceV3. */
export interface Resource {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  inputs?: Properties;
  outputs?: Properties;
  parent?: string;
  provider?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
  additionalSecretOutputs?: string[];
  ignoreChanges?: string[];
  retainOnDelete?: boolean;
  delete?: boolean;
}

export type Properties = Record<string, unknown>;

/** What the program wants of a resource, as a plan holds it. Source: Pulumi's apitype.ResourcePlanV1. */
export interface Wanted {
  goal: {
    type: string;
    custom: boolean;
    inputDiff?: { adds?: Properties };
    outputDiff?: { adds?: Properties; updates?: Properties };
    parent?: string;
    provider?: string;
    dependencies?: string[];
    propertyDependencies?: Record<string, string[]>;
    additionalSecretOutputs?: string[];
    ignoreChanges?: string[];
  };
  /** What Pulumi would do; `create` where the state does not have it. */
  steps: string[];
  /** The outputs, as far as they are known before it is made. */
  state?: Properties;
}

/** Reads the whole state, with its secrets in plain: it is held in memory only. */
export async function exportState(stack: StackArguments): Promise<Deployment> {
  const text = await exportStack(stack);
  if (text === undefined)
    throw new SetupError(`The state of "${stack.stack}" can't be read; look at: pulumi stack export`);
  return JSON.parse(text) as Deployment;
}

/** Writes the whole state; Pulumi checks that it holds together, and encrypts its secrets. */
export function importState(stack: StackArguments, state: Deployment): Promise<void> {
  return withFolder(async (folder) => {
    const file = join(folder, "state.json");
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
    const write = ["-C", root, "stack", "import", "--file", file, "--stack", stack.stack];
    await quietly(write, stack, "written");
  });
}

/** What the program wants of every resource, by URN: what a preview plans against the state as it is. */
export function wantedResources(stack: StackArguments): Promise<Record<string, Wanted>> {
  return withFolder(async (folder) => {
    const file = join(folder, "plan.json");
    const of = ["--stack", stack.stack, ...configFileArgs(stack)];
    const preview = ["-C", root, "preview", "--save-plan", file, "--show-secrets", ...of];
    await quietly([...preview, "--non-interactive"], stack, "previewed");
    return (JSON.parse(await readFile(file, "utf8")) as { resourcePlans: Record<string, Wanted> })
      .resourcePlans;
  });
}

/** Runs Pulumi, and shows what it said only where it failed. */
async function quietly(args: string[], stack: StackArguments, doing: string): Promise<void> {
  const lines: string[] = [];
  const code = await keepingSettings(stack, () =>
    run("pulumi", args, { onLine: (line) => lines.push(line) }),
  );
  if (code !== 0) throw new SetupError(`The state could not be ${doing}:\n${lines.slice(-20).join("\n")}`);
}
