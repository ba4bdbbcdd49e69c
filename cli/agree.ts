import { createInterface } from "node:readline/promises";

/** Whether there is somebody who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY;
}

/**
 * Asks for agreement on a terminal; elsewhere nobody can be asked, and it is refused.
 * @param question with a question mark.
 */
export async function agreed(question: string): Promise<boolean> {
  if (!canAsk()) {
    console.error("Nothing was changed. To agree without being asked, add --yes.");
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(`${question} [y/N] `);
  prompt.close();
  const isAgreed = /^y(es)?$/i.test(answer.trim());
  if (!isAgreed) console.error("Nothing was changed.");
  return isAgreed;
}
