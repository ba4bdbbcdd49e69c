import type { CallToolResult } from "@modelcontextprotocol/server";
import { z } from "zod";
import { failed } from "../../../host/tool-result";
import { AccessError } from "../confined/errors";

/** The output of all tools but one: a text, as the upstream server gives it. */
export const textOutput = z.object({
  content: z.string(),
  notes: z
    .array(z.string())
    .optional()
    .describe("What could not be kept or shown, where there is something to say"),
});

/**
 * A text as content and as structured content.
 * @param notes what there is to say about it, which is no part of it.
 */
export function text(content: string, ...notes: (string | undefined)[]): CallToolResult {
  const said = notes.filter((note) => note !== undefined);
  return {
    content: [content, ...said].map((part) => ({ type: "text", text: part })),
    structuredContent: { content, ...(said.length > 0 ? { notes: said } : {}) },
  };
}

/** Runs a tool's work; a refusal becomes a tool error, since a protocol error would hide it from the model. */
export async function answer(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work();
  } catch (error) {
    return failed(words(error));
  }
}

/** What a client may know of a failure: the operating system's own messages hold paths that are not the client's. */
export function words(error: unknown): string {
  if (error instanceof AccessError) return error.message;
  const code = (error as NodeJS.ErrnoException).code;
  return `The file system failed${code ? ` (${code})` : ""}`;
}

/** Hints for clients: the tools that read, and those that write. */
export const READS = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };
export const WRITES = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: false,
};
