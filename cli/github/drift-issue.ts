import { commentLimit, cutAtLine } from "../preview/comment";
import type { Standing } from "./issues";

/** The exit codes of `npm run drift` that say something of the stack; any other one says that nobody could tell. */
const asItShould = 0;
const drifted = 2;

/**
 * What the issue about a stack's drift is to say after a run of `npm run drift`; undefined where the run could not tell,
 * and the issue stays as it is.
 * @param text what the run printed
 * @param whole where the run can be looked at
 */
export function driftIssue(stack: string, code: number, text: string, whole: string): Standing | undefined {
  if (code !== asItShould && code !== drifted) return undefined;
  const standing = {
    marker: `<!-- mcp-environments: drift of ${stack} -->`,
    title: `The stack ${stack} is not what it is said to be`,
    over: `The stack ${stack} is again what it is said to be, by ${whole}`,
  };
  if (code === asItShould) return standing;
  const runs = (text.match(/`{3,}/g) ?? []).map((run) => run.length);
  const fence = "`".repeat(Math.max(2, ...runs) + 1);
  const body = [
    `Found by ${whole}. To see it: \`npm run drift -- --stack ${stack}\``,
    "",
    `${fence}text`,
    text,
    fence,
  ];
  // Room for the marker's own line.
  return {
    ...standing,
    body: cutAtLine(body.join("\n"), commentLimit - 200, `\n**Cut here: the whole is at ${whole}**\n`),
  };
}
