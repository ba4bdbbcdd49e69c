import type { CallToolResult } from "@modelcontextprotocol/server";
import { noteOfCall } from "../../../host/call-notes";
import { describeFailure, namesOf } from "../errors";
import { storedForm } from "../stored-password";
import type { ToolContext } from "./context";

/** What a tool gives: structured content, and the same as text for clients that read no other. */
function structured(content: Record<string, unknown>, hidden: string | undefined): CallToolResult {
  const text = JSON.stringify(content);
  if (hidden === undefined || !text.includes(hidden))
    return { content: [{ type: "text", text }], structuredContent: content };
  const shown = text.replaceAll(hidden, "***");
  const structuredContent = JSON.parse(shown) as Record<string, unknown>;
  return { content: [{ type: "text", text: shown }], structuredContent };
}

/** An error that the client's model sees and can correct itself by. */
function failed(message: string): CallToolResult {
  return { content: [{ type: "text", text: message }], isError: true };
}

/**
 * Runs a tool's work; a failure becomes a tool error, since a protocol error would hide it from the model. What this server logs in
 * with is in neither.
 */
export async function answer(
  { kind, password, reachSetting }: ToolContext,
  work: () => Promise<object>,
): Promise<CallToolResult> {
  try {
    return structured({ ...(await work()) }, storedForm(kind, password));
  } catch (error) {
    noteOfCall(namesOf(error));
    return failed(describeFailure(error, password, reachSetting));
  }
}
