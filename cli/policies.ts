import type { ImageSource } from "../imaging";
import { evaluate } from "../policy/evaluate";
import { projectExceptions } from "../policy/exceptions";
import { unusedMessage, violationMessage } from "../policy/message";
import { registeredOnMocks } from "../policy/on-mocks";
import { stackPolicies } from "../policy/settings";
import type { StackArguments } from "./arguments";
import { describeStack } from "./stack-file";

/** What the rules say of a stack, in lines. */
export interface PolicyReport {
  /** Why an update would be refused. */
  refused: string[];
  /** What an update would warn of. */
  advised: string[];
}

/** Holds all that the program registers for a stack to the stack's rules, with neither an engine nor a state. */
export async function stackPolicyReport(stack: StackArguments, source: ImageSource): Promise<PolicyReport> {
  const description = describeStack(stack, source);
  const resources = await registeredOnMocks(description);
  const { violations, unused } = evaluate(resources, stackPolicies(description.settings), projectExceptions);
  const lines = (level: "mandatory" | "advisory") =>
    violations
      .filter((violation) => violation.level === level)
      .map((violation) => `${stack.stack}: ${violationMessage(violation)}`);
  return {
    refused: [
      ...lines("mandatory"),
      ...unused.map((exception) => `${stack.stack}: ${unusedMessage(exception)}`),
    ],
    advised: lines("advisory"),
  };
}
