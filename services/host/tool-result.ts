import type { CallToolResult } from "@modelcontextprotocol/server";

/** A result as structured content, and as text for clients that read no other. */
export function structured(content: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(content) }], structuredContent: content };
}

/** An error that the client's model sees and can correct itself by. */
export function failed(message: string): CallToolResult {
  return { content: [{ type: "text", text: message }], isError: true };
}
