import { argumentsOf } from "../../../host/arguments";
import type { ToolContext } from "./context";
import { READS, text, textOutput } from "./result";

/** `list_allowed_directories`: where clients may work. */
export function registerAllowedDirectories({ server, roots }: ToolContext): void {
  server.registerTool(
    "list_allowed_directories",
    {
      title: "List the allowed directories",
      description: "Lists the directories that can be read, and which of them can be written.",
      inputSchema: argumentsOf({}),
      outputSchema: textOutput,
      annotations: READS,
    },
    async () => {
      const lines = roots.list.map(({ root, writable }) => `${root.path}${writable ? "" : " (read-only)"}`);
      return text(["Allowed directories:", ...lines].join("\n"));
    },
  );
}
