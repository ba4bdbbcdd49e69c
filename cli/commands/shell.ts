import { allServices } from "../../topology/services";
import { commandArguments, type Usage, UsageError } from "../arguments";
import { commandLine } from "../operate/command-line";
import { runningContainer } from "../operate/fleet";
import { chosenServices } from "../operate/services";
import { shell } from "../operate/shell";
import { run as runCommand } from "../process";
import { describeStack } from "../stack-file";

/** Where a shell opens when no service is named: the container that is made to work in. */
const workplace = "devcontainer";

/** Exit codes with which `docker exec` says that there is no such program. */
const noProgram = [126, 127];

/** What it takes. */
export const usage = {
  summary: "opens a shell in a service, or runs a command in it",
  words: "SERVICE [-- COMMAND …]",
} as const satisfies Usage;

/**
 * `npm run shell`: a shell in a service, the devcontainer where none is named, or the command behind `--`. Ends with the
 * exit code of what it ran.
 */
export async function run(args: string[]): Promise<number> {
  const dashes = args.indexOf("--");
  const command = dashes < 0 ? [] : args.slice(dashes + 1);
  const given = commandArguments(dashes < 0 ? args : args.slice(0, dashes), usage);
  const { topology } = describeStack(given);
  if (given.words.length > 1) {
    const meant = [given.words[0] ?? "", "--", ...given.words.slice(1)];
    throw new UsageError(
      `A shell opens in one service. To run a command: ${commandLine("shell", given, meant)}`,
    );
  }
  const names = allServices(topology).map(({ name }) => name);
  if (given.words.length === 0 && !names.includes(workplace))
    throw new UsageError(`"${given.stack}" has no ${workplace}; name a service: ${names.join(", ")}`);
  const [service] = chosenServices(topology, given.words.length > 0 ? given.words : [workplace]);
  if (!service) throw new UsageError("There is no service to open a shell in.");
  const { Id } = await runningContainer(given, topology, service);
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const options = terminal ? ["-it", "--env", `TERM=${process.env.TERM ?? "xterm"}`] : ["-i"];
  const code = await runCommand("docker", [
    "exec",
    ...options,
    Id,
    ...(command.length > 0 ? command : shell(terminal ? service.name : undefined)),
  ]);
  if (noProgram.includes(code) && command.length === 0) {
    const example = commandLine("shell", given, [service.name, "--", "/path/of/a/program"]);
    console.error(`${service.name}'s image may have no shell; run one of its programs: ${example}`);
  }
  return code;
}
