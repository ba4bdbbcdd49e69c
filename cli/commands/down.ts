import { docker } from "../../engine/docker";
import { agreed, canAsk } from "../agree";
import { commandArguments, type Given, type Usage } from "../arguments";
import { useEnvironment } from "../environment";
import { commandLine } from "../operate/command-line";
import { ownVolumes } from "../operate/data-volumes";
import { pulumi } from "../pulumi";
import { describeStack } from "../stack-file";
import { hasState, missingInState } from "../whose-state";

/** What it takes. */
export const usage = {
  summary: "removes a stack from the engine; its data volumes stay",
  flags: {
    "delete-data": "deletes the data as well, for good, after a question",
    yes: "asks nothing",
  },
} as const satisfies Usage;

/**
 * `npm run down`: removes all of a stack from the engine but its data volumes; with `--delete-data` those as well, for good,
 * which somebody has to agree to: on a terminal, or with `--yes`.
 */
export async function run(args: string[]): Promise<number> {
  const stack = commandArguments(args, usage);
  const volumes = await ownVolumes(describeStack(stack).topology, stack.stack);
  if (!(await isWanted(stack, volumes))) return 1;
  await useEnvironment();
  if (!(await hasState(stack))) throw await missingInState(stack, "anything");
  const code = await pulumi(["destroy", "--yes", "--skip-preview"], stack);
  if (code !== 0 || volumes.length === 0) return code;
  if (stack["delete-data"]) {
    for (const volume of volumes) await docker(["volume", "rm", volume]);
    console.log(`\nDeleted for good: ${volumes.join(", ")}.`);
  } else {
    console.log(`\nThe data is kept in ${volumes.join(", ")}; the next \`npm run up\` finds it.`);
    console.log(`To delete it for good: ${commandLine("down", stack, ["--delete-data"])}`);
  }
  return 0;
}

/** Says what will be gone, and asks: whoever deletes data has to agree, who only takes a stack down is asked where he can be. */
async function isWanted(stack: Given<typeof usage>, volumes: readonly string[]): Promise<boolean> {
  const deletes = stack["delete-data"] && volumes.length > 0;
  if (stack.yes || !(deletes || canAsk())) return true;
  console.error(`This removes the containers and networks of "${stack.stack}" from the engine.`);
  if (deletes) console.error(`It DELETES THE DATA in ${volumes.join(", ")}, for good.`);
  else if (volumes.length > 0) console.error(`The data in ${volumes.join(", ")} stays.`);
  return agreed("Do this?");
}
