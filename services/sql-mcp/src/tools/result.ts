import type { CallToolResult } from "@modelcontextprotocol/server";
import { describeFailure } from "../errors";
import type { ToolContext } from "./context";

/** A result as structured content, and as text for clients that read no other. */
export function structured(content: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(content) }], structuredContent: content };
}

/** An error that the client's model sees and can correct itself by. */
export function failed(message: string): CallToolResult {
  return { content: [{ type: "text", text: message }], isError: true };
}

/** Runs a tool's work; a failure becomes a tool error, since a protocol error would hide it from the model. */
export async function answer(
  { password }: ToolContext,
  work: () => Promise<CallToolResult>,
): Promise<CallToolResult> {
  try {
    return await work();
  } catch (error) {
    return failed(describeFailure(error, password));
  }
}
