import type { StackArguments } from "../arguments";
import { notThereYet } from "../operate/not-there-yet";
import { describeStack } from "../stack-file";
import { stateElsewhere } from "../whose-state";
import { allowancesSince, mergeBase, topologyAt } from "./base";
import { dataRisks } from "./data-risk";
import { outages } from "./downtime";
import type { Report } from "./report";
import { previewStack } from "./run";
import { topologyDifference } from "./topology-diff";

/** What a preview is made of besides the stack. */
export interface PreviewOptions {
  /** The branch or commit to compare with; see mergeBase. */
  base?: string | undefined;
  /** Volumes whose data may go, by the word of whoever runs it. */
  allowed: readonly string[];
  /** False where the state can't be read, for example in a pull request of a fork: the topology alone tells then. */
  withState: boolean;
}

/** All that a change would do to a stack, found out without changing anything. */
export async function stackReport(
  stack: StackArguments,
  { base, allowed, withState }: PreviewOptions,
): Promise<Report> {
  const commit = await mergeBase(base);
  const { topology, imageSource } = describeStack(stack);
  // A settings file from elsewhere is no stack of the repository, and has no history in it.
  const compared = commit !== undefined && !stack.configFile;
  const before = compared ? await topologyAt(commit, stack.stack, imageSource) : undefined;
  const previewed = withState ? await previewStack(stack) : undefined;
  const changes = previewed?.plan.changes;
  const allowances = [
    ...allowed.map((volume) => ({ volume, by: "--allow-data-loss" })),
    ...(compared ? await allowancesSince(commit, stack.stack) : []),
  ];
  return {
    stack: stack.stack,
    plan: previewed?.plan,
    risks: dataRisks(before, topology, changes, allowances),
    outages: outages(before, topology, changes ?? []),
    topology: before && topologyDifference(before, topology),
    notes: [
      ...(previewed?.isNew
        ? [(await stateElsewhere(stack)) ?? "The backend has no such stack yet: all of it would be made."]
        : []),
      ...(withState
        ? await notThereYet(stack, topology)
        : ["The state could not be read here: what is made, replaced or down is not known."]),
      ...(compared && !before
        ? ["The stack is new with this change: there is no topology to compare with."]
        : []),
      ...topology.absent.map(({ name, why }) => `\`${name}\` is left out: ${why}`),
    ],
  };
}
