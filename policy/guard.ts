import * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../config/errors";
import { evaluate, type StackPolicies } from "./evaluate";
import { projectExceptions } from "./exceptions";
import { unusedMessage, violationMessage } from "./message";
import { Notebook } from "./noted";

/** A stack that breaks a mandatory rule, or has an exception that nothing needs; nothing of it was registered. */
export class PolicyError extends Refusal {
  constructor(stackName: string, problems: readonly string[]) {
    const lines = problems.map((problem) => `  ${problem}`);
    super(
      `The stack "${stackName}" breaks rules that are mandatory for it; nothing was changed. ` +
        `docs/policies.md lists the rules, and says how an exception is made.\n${lines.join("\n")}`,
    );
    this.name = "PolicyError";
  }
}

/**
 * Makes a stack's resources under the stack's rules. The rules see every resource, with its options, as the program makes
 * it. Until they have passed, the engine hears of none: the root waits for the verdict, and all others for the root.
 * @param make makes the root with these options, and everything below it before it returns.
 * @throws PolicyError where a mandatory rule is broken. Breaches of advisory ones are logged as warnings.
 */
export function underPolicies<Root>(
  stack: string,
  policies: StackPolicies,
  make: (options: pulumi.ComponentResourceOptions) => Root,
): Root {
  const notebook = new Notebook();
  let pass = (_: pulumi.Resource[]) => {};
  const passed = new Promise<pulumi.Resource[]>((resolve) => (pass = resolve));
  const root = make({ ...notebook.options, dependsOn: passed });
  const { violations, unused } = evaluate(notebook.now(), policies, projectExceptions);
  const mandatory = violations.filter(({ level }) => level === "mandatory");
  if (mandatory.length > 0 || unused.length > 0)
    throw new PolicyError(stack, [...mandatory.map(violationMessage), ...unused.map(unusedMessage)]);
  for (const violation of violations) void pulumi.log.warn(violationMessage(violation));
  pass([]);
  return root;
}
