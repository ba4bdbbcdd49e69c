import * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../config/errors";
import { evaluate, type StackPolicies } from "./evaluate";
import { projectExceptions } from "./exceptions";
import { unusedMessage, violationMessage } from "./message";
import { plainInputs } from "./plain";
import type { AnyResource } from "./resource";

/** A stack that breaks a mandatory rule, or has an exception that nothing needs; nothing of it was registered. */
export class PolicyError extends Refusal {
  constructor(
    readonly stackName: string,
    readonly problems: readonly string[],
  ) {
    const lines = problems.map((problem) => `  ${problem}`);
    super(
      `The stack "${stackName}" breaks rules that are mandatory for it; nothing was changed. ` +
        `docs/policies.md tells of the rules, and how an exception is made.\n${lines.join("\n")}`,
    );
    this.name = "PolicyError";
  }
}

/**
 * Makes a stack's resources under the stack's rules. The rules see every resource, with its options, as the program makes
 * it; until they have passed, the engine is told of none, as the root that all others are below waits for the verdict.
 * @param make makes the root with these options, and everything else below it before it returns.
 * @throws PolicyError where a mandatory rule is broken; breaches of advisory ones are logged as warnings.
 */
export function underPolicies<Root>(
  stack: string,
  policies: StackPolicies,
  make: (options: pulumi.ComponentResourceOptions) => Root,
): Root {
  const resources: AnyResource[] = [];
  const note: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
    const { retainOnDelete, ignoreChanges } = opts as pulumi.CustomResourceOptions;
    const options = {
      ...(retainOnDelete === undefined ? {} : { retainOnDelete }),
      ...(ignoreChanges ? { ignoreChanges } : {}),
    };
    resources.push({ type, name, inputs: plainInputs(props), options });
    return undefined;
  };
  let pass = (_: pulumi.Resource[]) => {};
  const passed = new Promise<pulumi.Resource[]>((resolve) => (pass = resolve));
  const root = make({ transformations: [note], dependsOn: passed });
  const { violations, unused } = evaluate(resources, policies, projectExceptions);
  const mandatory = violations.filter(({ level }) => level === "mandatory");
  if (mandatory.length > 0 || unused.length > 0)
    throw new PolicyError(stack, [...mandatory.map(violationMessage), ...unused.map(unusedMessage)]);
  for (const violation of violations) void pulumi.log.warn(violationMessage(violation));
  pass([]);
  return root;
}
