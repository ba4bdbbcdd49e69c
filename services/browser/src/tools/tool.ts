import type { CallToolResult, McpServer } from "@modelcontextprotocol/server";
import type { Page } from "playwright-core";
import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { failed } from "../../../host/tool-result";
import type { BrowserSession } from "../session";
import { pageState } from "./page-state";

/** What a tool has found or done. */
export interface Outcome {
  text?: string;
  image?: { data: string; mimeType: string };
  structured?: Record<string, unknown>;
  /** Whether the answer shows the page as it is now. */
  page?: "snapshot" | "address";
}

/** What a tool works with. */
export interface ToolCall {
  /** The current tab. */
  page: Page;
  session: BrowserSession;
  /** Aborts when the call has its answer: what goes on after that may not touch the page any more. */
  ended: AbortSignal;
}

/** A tool of a browser session. */
export interface BrowserTool {
  name: string;
  title: string;
  description: string;
  input: z.ZodRawShape;
  readOnly: boolean;
  run: (call: ToolCall, args: never) => Promise<Outcome>;
}

/** Keeps the arguments' types of a tool together. */
export function tool<S extends z.ZodRawShape>(
  spec: Omit<BrowserTool, "input" | "run"> & {
    input: S;
    run: (call: ToolCall, args: z.output<z.ZodObject<S>>) => Promise<Outcome>;
  },
): BrowserTool {
  return spec;
}

/** Finds the session that a call means and works with it. */
export type Use = (
  args: Record<string, unknown>,
  work: (session: BrowserSession) => Promise<CallToolResult>,
) => Promise<CallToolResult>;

/** Adds a tool to a server, with further arguments that say which session is meant. */
export function register(server: McpServer, spec: BrowserTool, more: z.ZodRawShape, use: Use): void {
  const { name, title, description, readOnly } = spec;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: argumentsOf({ ...spec.input, ...more }),
      annotations: { readOnlyHint: readOnly, destructiveHint: !readOnly, openWorldHint: true },
    },
    (args, { mcpReq }) =>
      attempt(() =>
        use(args, async (session) => {
          const result = await attempt(() =>
            session.call(mcpReq.signal, async (page, ended) => {
              const outcome = await spec.run({ page, session, ended }, args as never);
              return answer(outcome, session);
            }),
          );
          const said = session
            .takeNotices()
            .map((text) => ({ type: "text" as const, text: `Note: ${text}` }));
          return { ...result, content: [...result.content, ...said] };
        }),
      ),
  );
}

/** Gives what went wrong to the client's model, without the log of steps that Playwright adds. */
export async function attempt(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // eslint-disable-next-line no-control-regex -- colours of a terminal
    const plain = message.replace(/\u001b\[[0-9;]*m/g, "").split(/\n\s*Call log:|\n={5,}/)[0] ?? "";
    return failed(plain.trim().slice(0, 2000));
  }
}

async function answer({ text, image, structured, page }: Outcome, session: BrowserSession) {
  const content: CallToolResult["content"] = [];
  if (text !== undefined) content.push({ type: "text", text: cut(text, session.settings.resultCharacters) });
  if (image) content.push({ type: "image", ...image });
  const current = session.tabs.current;
  if (page && current) {
    const state = await pageState(current, session, page === "snapshot");
    content.push({ type: "text", text: cut(state, session.settings.resultCharacters) });
  }
  return { content, ...(structured ? { structuredContent: structured } : {}) };
}

function cut(text: string, most: number): string {
  return text.length > most
    ? `${text.slice(0, most)}\n… cut here: the whole has ${text.length} characters`
    : text;
}
