import { webUser } from "../../observability/web";
import { commandArguments, type Usage, UsageError } from "../arguments";
import { useEnvironment } from "../environment";
import { openInBrowser } from "../operate/browser";
import { commandLine } from "../operate/command-line";
import { runningContainer } from "../operate/fleet";
import { chosenPage, webEntry } from "../operate/web";
import { secretOutput } from "../pulumi";
import { describeStack } from "../stack-file";
import { missingInState } from "../whose-state";

/** The stack's output that holds the password of the entry; see components/environment.ts. */
const passwordOutput = "webPassword";

/** What it takes. */
export const usage = {
  summary: "opens a web page of the stack, and says where it is",
  words: "PAGE",
  flags: {
    password: "shows the password",
  },
} as const satisfies Usage;

/**
 * `npm run open`: opens a web page of the stack, the dashboards where none is named, and says where it is and whom it lets
 * in; `--password` shows the password too.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  if (given.words.length > 1) throw new UsageError("One page is opened at a time.");
  const { topology } = describeStack(given);
  const page = chosenPage(topology, given.words[0]);
  const { service, url, publish } = webEntry(topology);
  await runningContainer(given, topology, service);
  console.log(`${page.title}: ${url}${page.path}`);
  console.log(`User:     ${webUser}`);
  if (given.password) {
    await useEnvironment();
    const password = await secretOutput(given, passwordOutput);
    if (!password) throw await missingInState(given, "its password");
    console.log(`Password: ${password}`);
  } else {
    console.log(`Password: shown by ${commandLine("open", given, ["--password"])}`);
  }
  if (publish)
    console.error(
      `Only the engine's own machine reaches this, if it is a Linux. To publish it there: ${publish}`,
    );
  if (!(await openInBrowser(`${url}${page.path}`)))
    console.error("There is no browser here; open the address yourself.");
  return 0;
}
