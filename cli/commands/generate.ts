import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles } from "../generate";
import { root } from "../paths";

/** `npm run generate`: rewrites the files that are made from the schema and the topology. */
export async function run(): Promise<number> {
  for (const [file, content] of generatedFiles()) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
    console.log(file);
  }
  return 0;
}
