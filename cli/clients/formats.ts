import { type HttpServer, isHttp, type McpServers } from "./servers";

/** A program that uses MCP servers, and how its settings name them. */
export interface McpClient {
  title: string;
  /** Where the settings belong; what stands there already is kept beside them. */
  place: string;
  /** The end of the name of a file with them. */
  extension: "json" | "toml";
  write: (servers: McpServers) => string;
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
    write: json("mcpServers", { stdio: { type: "stdio" }, http: typed }),
  },
  "claude-desktop": {
    title: "Claude Desktop",
    place: "`claude_desktop_config.json` (Settings › Developer › Edit Config)",
    extension: "json",
    write: json("mcpServers", { http: throughStdio }),
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
    write: json("mcpServers", { stdio: { type: "stdio" } }),
  },
  gemini: {
    title: "Gemini CLI",
    place: "`.gemini/settings.json` in a project's folder, or `~/.gemini/settings.json`",
    extension: "json",
    write: json("mcpServers", { http: ({ url, headers }) => ({ httpUrl: url, headers }) }),
  },
  vscode: {
    title: "Visual Studio Code",
    place: "`.vscode/mcp.json` in a project's folder, or *MCP: Open User Configuration*",
    extension: "json",
    write: json("servers", { stdio: { type: "stdio" }, http: typed }),
  },
  windsurf: {
    title: "Windsurf",
    place: "`~/.codeium/windsurf/mcp_config.json`",
    extension: "json",
    write: json("mcpServers", { http: ({ url, headers }) => ({ serverUrl: url, headers }) }),
  },
  zed: {
    title: "Zed",
    place: "`settings.json` (*zed: open settings file*)",
    extension: "json",
    write: json("context_servers"),
  },
};

/** How a client's settings say what they say of a server. */
interface Entries {
  /** What stands beside the command of a server on standard input and output. */
  stdio?: Record<string, string>;
  /** Of a server over HTTP; `url` and `headers` where left out. */
  http?: (server: HttpServer) => object;
}

function json(key: string, { stdio = {}, http = (server) => server }: Entries = {}) {
  return (servers: McpServers) => {
    const entries = Object.entries(servers).map(
      ([name, server]) => [name, isHttp(server) ? http(server) : { ...stdio, ...server }] as const,
    );
    return `${JSON.stringify({ [key]: Object.fromEntries(entries) }, null, 2)}\n`;
  };
}

function typed(server: HttpServer): object {
  return { type: "http", ...server };
}

/** For a client whose settings know programs only. The header is no word of its own, as some clients part words at spaces. */
function throughStdio({ url, headers }: HttpServer): object {
  const args = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}:${value}`]);
  return { command: "npx", args: ["-y", "mcp-remote", url, ...args] };
}

/** TOML's basic strings and arrays are written as JSON's are. */
function toml(servers: McpServers): string {
  const text = (value: unknown) => JSON.stringify(value);
  return Object.entries(servers)
    .map(([name, server]) => {
      const table = `[mcp_servers.${name}]`;
      if (!isHttp(server)) return `${table}\ncommand = ${text(server.command)}\nargs = ${text(server.args)}\n`;
      const headers = Object.entries(server.headers).map(([header, value]) => `${text(header)} = ${text(value)}`);
      return `${table}\nurl = ${text(server.url)}\nhttp_headers = { ${headers.join(", ")} }\n`;
    })
    .join("\n");
}
