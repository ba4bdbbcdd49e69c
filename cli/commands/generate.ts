import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles } from "../generate";
import { root } from "../paths";
import { commandArguments, type Usage } from "../arguments";

/** What it takes. */
export const usage = {
  summary: "rewrites the files that are made from the schema and the topology",
  ofStack: false,
} as const satisfies Usage;

/** `npm run generate`: rewrites the files that are made from the schema and the topology. */
export async function run(args: string[]): Promise<number> {
  commandArguments(args, usage);
  for (const [file, content] of generatedFiles()) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
    console.log(file);
  }
  return 0;
}
