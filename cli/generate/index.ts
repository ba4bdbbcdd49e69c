import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths";
import { goldenTopology } from "./golden";
import { projectFile } from "./project-config";
import { settingsReference } from "./settings-reference";

/** Every file that is made from others, and what it should hold now. */
export function generatedFiles(): Map<string, string> {
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return new Map([
    ["Pulumi.yaml", projectFile(readFileSync(join(root, "Pulumi.yaml"), "utf8"))],
    ["docs/settings.md", settingsReference()],
    ...stacks.map(
      (stack) => [join("test", "golden", `${stack}.golden.json`), goldenTopology(stack)] as const,
    ),
  ]);
}
