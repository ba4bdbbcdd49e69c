import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gatewayReference } from "../../services/gateway/src/config/reference";
import { root } from "../paths";
import { clientFiles } from "./clients";
import { devcontainerFiles } from "./devcontainer";
import { goldenFiles } from "./golden";
import { stackNames } from "../stack-file";
import { stackPicture } from "./picture";
import { policiesReference } from "./policies-reference";
import { projectFile } from "./project-config";
import { settingsReference } from "./settings-reference";

/** Every file that is made from others, and what it should hold now. */
export function generatedFiles(): Map<string, string> {
  const stacks = stackNames();
  return new Map([
    ["Pulumi.yaml", projectFile(readFileSync(join(root, "Pulumi.yaml"), "utf8"))],
    ["docs/settings.md", settingsReference()],
    ["docs/policies.md", policiesReference()],
    ["docs/gateway-settings.md", gatewayReference()],
    ["docs/images/cluster.svg", stackPicture("dev")],
    ...clientFiles(),
    ...stacks.flatMap((stack) => devcontainerFiles({ stack })),
    ...stacks.flatMap((stack) =>
      goldenFiles(stack).map(([name, text]) => [join("test", "golden", name), text] as const),
    ),
  ]);
}
