import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

type Transport = StdioClientTransport | StreamableHTTPClientTransport;

/** What a tool answered, as far as tests read it. */
export interface ToolAnswer {
  isError?: boolean;
  structured: Record<string, unknown>;
  text: string;
  /** The images, decoded. */
  images: Buffer[];
}

/** An MCP session of the official SDK's client. */
export interface Session {
  toolNames(): Promise<string[]>;
  call(tool: string, args: Record<string, unknown>): Promise<ToolAnswer>;
}

/**
 * Opens a session over Streamable HTTP, gives it to `use`, and closes it.
 * @param headers that every request carries, for example a key
 */
export function overHttp<T>(
  url: string,
  use: (session: Session) => Promise<T>,
  headers: Record<string, string> = {},
): Promise<T> {
  return withSession(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }), use);
}

/** Opens a session with a command that speaks MCP on its standard input and output. */
export function overStdio<T>(commandLine: string, use: (session: Session) => Promise<T>): Promise<T> {
  const [command = "", ...args] = commandLine.split(" ");
  return withSession(new StdioClientTransport({ command, args, stderr: "ignore" }), use);
}

async function withSession<T>(transport: Transport, use: (session: Session) => Promise<T>): Promise<T> {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport);
  try {
    return await use({
      toolNames: async () => (await client.listTools()).tools.map(({ name }) => name).sort(),
      call: async (name, args) => {
        const answer = await client.callTool({ name, arguments: args });
        const content = answer.content as { type: string; text?: string; data?: string }[];
        return {
          isError: answer.isError === true,
          structured: (answer.structuredContent ?? {}) as Record<string, unknown>,
          text: content.map(({ text }) => text ?? "").join("\n"),
          images: content.flatMap(({ type, data = "" }) =>
            type === "image" ? [Buffer.from(data, "base64")] : [],
          ),
        };
      },
    });
  } finally {
    await client.close();
  }
}
