import { join } from "node:path";
import { stackFileVariable } from "../../../policy/stack-of-urn";
import type { StackArguments } from "../../../cli/arguments";
import { root } from "../../../cli/paths";

/** What holds a Pulumi command to the policy pack: its arguments, and the variable that tells the pack of the settings. */
export function policyPack({ configFile }: StackArguments): { args: string[]; env: Record<string, string> } {
  return {
    args: ["--policy-pack", join(root, "policy")],
    env: configFile ? { [stackFileVariable]: configFile } : {},
  };
}
