import { RunError } from "@pulumi/pulumi";
import { Refusal } from "./errors";

/** Frames of an error's stack that are kept. Pulumi takes the stack of every promise of every resource. */
const frames = 4;

/**
 * Runs the program; what is refused is shown as it is, without the stack trace of a defect.
 *
 * Pulumi notes the stack of every resource, and each would be mapped from the transpiled code to the source, frame by
 * frame: that is left to the one error that is shown.
 */
export async function reportProblems<T>(program: () => Promise<T>): Promise<T> {
  Error.stackTraceLimit = frames;
  const errors: { prepareStackTrace?: unknown } = Error;
  const toSource = errors.prepareStackTrace;
  delete errors.prepareStackTrace;
  try {
    return await program();
  } catch (error) {
    if (toSource) errors.prepareStackTrace = toSource;
    throw withShortStack(error instanceof Refusal ? new RunError(error.message) : error);
  }
}

/**
 * An error without Pulumi's own frames. They are of no use to the reader, and Node 20 takes half a minute and two
 * gigabytes to colour one such as `node_modules/@pulumi/resource.ts`, a scope without a package behind it.
 */
function withShortStack(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const lines = (error.stack ?? error.message).split("\n");
  error.stack = lines.filter((line) => !line.includes("node_modules/@pulumi/")).join("\n");
  return error;
}
