import { type Evidence, finding, type Finding } from "../finding";

/** What differs between the state and the program. */
interface Where {
  object: string;
  service?: string;
  what: string;
}

/**
 * A difference between what the state says and what the program of this checkout would make of it: the state was edited, or
 * the stack was put up from another program or other settings.
 */
export function differsFromProgram(
  evidence: Evidence,
  where: Where,
  { program, state }: { program: string; state: string },
  sure?: "state",
): Finding {
  const { relation, update } = evidence.provenance;
  if (sure === "state" || relation === "same") {
    return finding(
      evidence,
      { kind: "state", ...where, expected: program, found: `${state}, by the state alone` },
      { command: evidence.line("up") },
    );
  }
  const found = relation === "newer" ? `${state}, by a commit that this checkout lacks` : state;
  return finding(
    evidence,
    { kind: "checkout", ...where, expected: program, found, trace: update },
    {
      command:
        relation === "newer"
          ? `git pull (or, to take the stack back to this checkout: ${evidence.line("up")})`
          : evidence.line("up"),
    },
  );
}
