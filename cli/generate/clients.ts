import { mcpClients } from "../clients/formats";
import { hostServers } from "../clients/servers";
import { describeStack } from "../stack-file";

/** The stack whose servers the files name: the one that commands are for when none is named. */
const stack = "dev";

/** `clients/`: settings for the common MCP clients, a file each, and where each belongs. */
export function clientFiles(): [file: string, text: string][] {
  const servers = hostServers(describeStack({ stack }, "registry").topology);
  return [
    ["clients/README.md", overview()],
    ...Object.entries(mcpClients).map(([name, { extension, write }]): [string, string] => [
      `clients/${name}.${extension}`,
      write(servers),
    ]),
  ];
}

function overview(): string {
  return [
    "# Settings for MCP clients",
    "",
    "<!-- Made from the topology and cli/clients/ by `npm run generate`. -->",
    "",
    `The MCP servers of the stack \`${stack}\`, for clients on the machine that it runs on. Copy the entries into the client's`,
    "settings, beside what stands there already. Other stacks have other containers: `npm run clients -- --stack NAME` prints",
    "the settings for them, `--client cursor` those of one client, and `--inside` those for clients in the devcontainer.",
    "",
    "| Client | Settings | Where they belong |",
    "| --- | --- | --- |",
    ...Object.entries(mcpClients).map(([name, { title, place, extension }]) => {
      const file = `${name}.${extension}`;
      return `| ${title} | [${file}](${file}) | ${place} |`;
    }),
    "",
  ].join("\n");
}
