import { pulumiEnvironment } from "../environment";
import { commandArguments, type Usage } from "../arguments";

/** What it takes. */
export const usage = {
  summary: 'prints the variables with which a plain pulumi works: eval "$(npm run --silent env)"',
  ofStack: false,
} as const satisfies Usage;

/** `eval "$(npm run --silent env)"`: the variables with which a plain `pulumi` works in this shell. */
export async function run(args: string[]): Promise<number> {
  commandArguments(args, usage);
  for (const [name, value] of Object.entries(await pulumiEnvironment())) {
    console.log(`export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`);
  }
  return 0;
}
