import type { Running, Step, StepLog, View } from "./step";

/** How many of a step's last lines the message of its failure has. */
const tailLines = 15;

/**
 * Takes the lines and steps of one part of the work for a view.
 * @param part stands before its lines, for example `Images`; "" where that goes without saying
 */
export function logOf(part: string, view: View): StepLog {
  const begin = (what: string, usualSeconds?: number): Running => {
    const step: Step = { part, what, began: Date.now(), usualSeconds };
    view.began(step);
    return running(step, () => view.ended(step));
  };
  return Object.assign((line: string) => view.note(part, line), { begin });
}

function running(step: Step, ended: () => void): Running {
  const tail: string[] = [];
  const end = (result: Partial<Step>) => {
    if (step.ended !== undefined) return;
    Object.assign(step, result, { ended: Date.now() });
    ended();
  };
  return {
    say: (line) => {
      step.said = line;
      tail.push(line);
      tail.splice(0, tail.length - tailLines);
    },
    done: (outcome) => end({ outcome }),
    failed: () => end({ failed: true }),
    tail: () => tail.join("\n"),
  };
}
