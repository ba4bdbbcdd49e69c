import { docker } from "../../engine/docker";
import { inspect } from "../../engine/inspect";
import { stackArguments } from "../arguments";
import { useEnvironment } from "../environment";
import { pulumi } from "../pulumi";
import { describeStack } from "../stack-file";

/**
 * `npm run down`: removes all of a stack from the engine but its data volumes; with `--delete-data` those as well,
 * for good.
 */
export async function run(args: string[]): Promise<number> {
  const stack = stackArguments(args, ["delete-data"]);
  const { topology } = describeStack(stack);
  await useEnvironment();
  const code = await pulumi(["destroy", "--yes", "--skip-preview"], stack);
  if (code !== 0) return code;
  const kept: string[] = [];
  for (const { volumeName } of topology.volumes) {
    if (!(await isOurs(volumeName, stack.stack))) continue;
    if (stack["delete-data"]) await docker(["volume", "rm", volumeName]);
    else kept.push(volumeName);
  }
  if (kept.length > 0) {
    console.log(`\nThe data is kept in ${kept.join(", ")}; the next \`npm run up\` finds it.`);
    console.log(`To delete it for good: npm run down -- --stack ${stack.stack} --delete-data`);
  }
  return 0;
}

async function isOurs(volume: string, stack: string): Promise<boolean> {
  const found = await inspect<{ Labels: Record<string, string> | null }>("volume", volume);
  return found?.Labels?.["dev.mcp.stack"] === stack;
}
