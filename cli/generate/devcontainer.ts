import { allServices } from "../../topology/services";
import { devcontainerFile, workspaceFolder } from "../../topology/workspace";
import type { StackArguments } from "../arguments";
import { workspaceServers } from "../clients/servers";
import { commandLine } from "../operate/command-line";
import { describeStack } from "../stack-file";

/** What an editor adds to itself for work on this project. */
const extensions = [
  "dbaeumer.vscode-eslint",
  "esbenp.prettier-vscode",
  "ms-python.python",
  "pulumi.pulumi-vscode-tools",
  "redhat.vscode-yaml",
];

/** The file with which editors open a stack's devcontainer; none where the stack has no devcontainer. */
export function devcontainerFiles(stack: StackArguments): [file: string, text: string][] {
  const { settings, topology } = describeStack(stack, "registry");
  const services = allServices(topology);
  const service = services.find(({ image }) => image === "devcontainer");
  if (!service) return [];
  const servers = Object.entries(workspaceServers(topology));
  const up = commandLine("up", stack);
  const content = {
    name: `MCP environments (${stack.stack})`,
    // The schema wants one. An editor asks for it only where it has not found the stack's container, and shows its name.
    image: `localhost/no-devcontainer-of-this-folder:${up.replaceAll(/[^a-z0-9]+/g, "-")}-makes-it`,
    initializeCommand: up,
    workspaceFolder,
    workspaceMount: "",
    overrideCommand: false,
    shutdownAction: "none",
    customizations: {
      vscode: {
        extensions,
        settings: { "editor.defaultFormatter": "esbenp.prettier-vscode", "editor.formatOnSave": true },
        mcp: {
          servers: Object.fromEntries(servers.map(([name, server]) => [name, { type: "stdio", ...server }])),
        },
      },
    },
  };
  return [[devcontainerFile(settings), `${head(up)}${JSON.stringify(content, null, 2)}\n`]];
}

function head(up: string): string {
  return [
    "// Made from the topology by `npm run generate`; edit topology/workspace.ts or cli/generate/devcontainer.ts.",
    `// The container is part of the stack: \`${up}\` makes it, and editors find it by its labels.`,
    "",
  ].join("\n");
}
