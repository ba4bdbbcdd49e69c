import type { McpServer, McpServerFactory } from "@modelcontextprotocol/server";
import { z } from "zod";
import { argumentsOf } from "../../host/arguments";
import { fixedServer } from "../../host/fixed-server";
import { structured } from "../../host/tool-result";
import type { EgressProxy } from "./egress/proxy";
import type { SessionPool } from "./pool";
import type { BrowserSession } from "./session";
import { click, fillForm, hover, pressKey, selectOption, type } from "./tools/actions";
import { console, evaluate, waitFor } from "./tools/scripting";
import { navigate, navigateBack } from "./tools/navigation";
import { read, screenshot, snapshot } from "./tools/reading";
import { handleDialog, tabs } from "./tools/session";
import { attempt, type BrowserTool, register, type Use } from "./tools/tool";

const INSTRUCTIONS =
  "Drives a browser. Navigate, take a snapshot, and act on elements by their refs. Each session has a browser of its own, " +
  "which keeps pages and cookies between calls.";

function tools(egress: EgressProxy): BrowserTool[] {
  return [
    navigate(egress),
    ...[navigateBack, snapshot, screenshot, read, click, type, fillForm, selectOption, pressKey, hover],
    ...[waitFor, evaluate, console, tabs, handleDialog],
  ];
}

/** The server of a client that is known by its connection: the session is that of the connection. */
export function boundServer(session: BrowserSession, egress: EgressProxy, version: string): McpServer {
  const server = empty(version, INSTRUCTIONS);
  const use: Use = (_, work) => work(session);
  for (const tool of tools(egress)) register(server, tool, {}, use);
  server.registerTool(
    "browser_open",
    {
      title: "Begin anew",
      description: "Begins with an empty browser: pages, cookies and storage of this session are gone.",
      inputSchema: argumentsOf({}),
    },
    () => attempt(async () => (await session.reset(), done("The browser is empty"))),
  );
  server.registerTool(
    "browser_close",
    {
      title: "Close the browser",
      description: "Closes the pages and forgets cookies and storage; the next call opens an empty browser.",
      inputSchema: argumentsOf({}),
    },
    () => attempt(async () => (await session.reset(), done("The browser is closed"))),
  );
  return server;
}

/** The server of a request that stands alone: each call names the session that it means. */
export function handleServer(pool: SessionPool, egress: EgressProxy, version: string): McpServer {
  const server = empty(version, `${INSTRUCTIONS} browser_open gives the session that all other calls need.`);
  const handle = { session: z.string().describe("The session, from browser_open") };
  const use: Use = ({ session }, work) => pool.use(String(session), work);
  for (const tool of tools(egress)) register(server, tool, handle, use);
  server.registerTool(
    "browser_open",
    {
      title: "Open a browser",
      description:
        "Opens a browser of its own and gives its session, which ends when it is not used for long.",
      inputSchema: argumentsOf({}),
      outputSchema: z.object({ session: z.string() }),
    },
    () => attempt(async () => structured({ session: await pool.open() })),
  );
  server.registerTool(
    "browser_close",
    {
      title: "Close the browser",
      description: "Ends a session: its pages, cookies and storage are gone.",
      inputSchema: argumentsOf(handle),
    },
    ({ session }) =>
      attempt(async () => {
        await pool.use(session, async () => pool.end(session));
        return done("The browser is closed");
      }),
  );
  return server;
}

/**
 * The servers of clients without a session of the host: in the later era each request stands alone; in the earlier one
 * it is a connection over stdio, whose browser ends with it.
 */
export function serverFactory(pool: SessionPool, egress: EgressProxy, version: string): McpServerFactory {
  return ({ era }) => {
    if (era === "modern") return handleServer(pool, egress, version);
    const { session, close } = pool.session();
    const server = boundServer(session, egress, version);
    server.server.onclose = () => void close();
    return server;
  };
}

function empty(version: string, instructions: string): McpServer {
  return fixedServer({ name: "mcp-browser", title: "Browser", version }, { instructions });
}

function done(text: string) {
  return { content: [{ type: "text" as const, text }] };
}
