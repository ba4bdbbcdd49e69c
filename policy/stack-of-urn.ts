import { type StackArguments, UsageError } from "../cli/arguments";
import { describeStack } from "../cli/stack-file";
import type { Settings } from "../config/schema";
import type { StackPolicies } from "./evaluate";
import { stackPolicies } from "./settings";

/**
 * The settings file of the stack where it is not `Pulumi.<stack>.yaml` beside the project: Pulumi does not tell a pack
 * of its option `--config-file`.
 */
export const stackFileVariable = "MCP_STACK_FILE";

const found = new Map<string, StackPolicies>();

/**
 * The rules of the stack that a resource belongs to, by its settings file.
 * @param urn `urn:pulumi:<stack>::<project>::<type>::<name>`, the only thing that tells a pack its stack.
 * @throws SettingsError where the settings can't be used; UsageError where there is no settings file.
 */
export function policiesOfUrn(urn: string): StackPolicies {
  const stack = /^urn:pulumi:([^:]+)::/.exec(urn)?.[1] ?? "";
  const known = found.get(stack);
  if (known) return known;
  const configFile = process.env[stackFileVariable];
  const policies = stackPolicies(settingsOf({ stack, ...(configFile ? { configFile } : {}) }));
  found.set(stack, policies);
  return policies;
}

function settingsOf(stack: StackArguments): Settings {
  try {
    return describeStack(stack).settings;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message} The policy pack reads the one that ${stackFileVariable} names.`);
  }
}
