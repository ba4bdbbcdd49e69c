import type { StdioServers } from "./servers";

/** A program that uses MCP servers, and how its settings name them. */
export interface McpClient {
  title: string;
  /** Where the settings belong; what stands there already is kept beside them. */
  place: string;
  /** The end of the name of a file with them. */
  extension: "json" | "toml";
  write: (servers: StdioServers) => string;
}

/**
 * The clients that the project writes settings for. Most have one format, which others understand too.
 * Source: each client's documentation on MCP servers.
 */
export const mcpClients: Record<string, McpClient> = {
  "claude-code": {
    title: "Claude Code",
    place: "`.mcp.json` in a project's folder",
    extension: "json",
    write: json("mcpServers", { type: "stdio" }),
  },
  "claude-desktop": {
    title: "Claude Desktop",
    place: "`claude_desktop_config.json` (Settings › Developer › Edit Config)",
    extension: "json",
    write: json("mcpServers"),
  },
  codex: {
    title: "Codex",
    place: "`~/.codex/config.toml`",
    extension: "toml",
    write: toml,
  },
  cursor: {
    title: "Cursor",
    place: "`.cursor/mcp.json` in a project's folder, or `~/.cursor/mcp.json`",
    extension: "json",
    write: json("mcpServers", { type: "stdio" }),
  },
  gemini: {
    title: "Gemini CLI",
    place: "`.gemini/settings.json` in a project's folder, or `~/.gemini/settings.json`",
    extension: "json",
    write: json("mcpServers"),
  },
  vscode: {
    title: "Visual Studio Code",
    place: "`.vscode/mcp.json` in a project's folder, or *MCP: Open User Configuration*",
    extension: "json",
    write: json("servers", { type: "stdio" }),
  },
  windsurf: {
    title: "Windsurf",
    place: "`~/.codeium/windsurf/mcp_config.json`",
    extension: "json",
    write: json("mcpServers"),
  },
  zed: {
    title: "Zed",
    place: "`settings.json` (*zed: open settings file*)",
    extension: "json",
    write: json("context_servers"),
  },
};

function json(key: string, also: Record<string, string> = {}) {
  return (servers: StdioServers) => {
    const entries = Object.entries(servers).map(([name, server]) => [name, { ...also, ...server }] as const);
    return `${JSON.stringify({ [key]: Object.fromEntries(entries) }, null, 2)}\n`;
  };
}

/** TOML's basic strings and arrays are written as JSON's are. */
function toml(servers: StdioServers): string {
  return Object.entries(servers)
    .map(
      ([name, { command, args }]) =>
        `[mcp_servers.${name}]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
    )
    .join("\n");
}
