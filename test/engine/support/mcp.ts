import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

/** Connects the official SDK's client over Streamable HTTP, gives it to `use`, and closes it. */
export async function overHttp<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  return withClient(new StreamableHTTPClientTransport(new URL(url)), use);
}

/** Connects the official SDK's client to a command that speaks MCP on its standard input and output. */
export async function overStdio<T>(
  [command = "", ...args]: string[],
  use: (client: Client) => Promise<T>,
): Promise<T> {
  return withClient(new StdioClientTransport({ command, args, stderr: "ignore" }), use);
}

async function withClient<T>(
  transport: StdioClientTransport | StreamableHTTPClientTransport,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
