import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Calls } from "../calls";
import { Cancellations } from "../cancellations";
import { hostSettings } from "../environment";
import { healthReporter } from "../health";
import { serveHttp } from "../http";
import { createLogger } from "../log";
import { measured } from "../metrics";
import type { Service } from "../program";
import { connected, type Era } from "./program";

/** A service that is served over HTTP in the test's own process. */
export interface Served {
  url: URL;
  /** Port of the loopback for health alone, where the environment asks for one. */
  healthPort?: number;
  /** A client of the official SDK, connected in a protocol era. */
  client: (era: Era) => Promise<Client>;
  /** Ends it as a stop does, but for what is open. */
  drain: () => Promise<void>;
  /** What it has logged from the level `error` on. */
  logged: () => string;
  close: () => Promise<void>;
}

/**
 * Serves a service on a free port of the loopback, as its program does.
 * @param environment variables of the host besides those.
 */
export async function served(service: Service, environment: NodeJS.ProcessEnv = {}): Promise<Served> {
  let logged = "";
  const log = createLogger("error", (line) => (logged += line));
  const settings = hostSettings.parse({ MCP_PORT: "0", MCP_HOST: "127.0.0.1", ...environment });
  const { createServer, sessions, registry } = await measured(service, log);
  const report = healthReporter(service.checks);
  const http = await serveHttp({
    createServer,
    sessions,
    ...(service.cancellable ? { cancellations: new Cancellations() } : {}),
    calls: new Calls(),
    report,
    metrics: registry,
    settings,
    log,
  });
  const url = new URL(`${settings.MCP_TLS_FOLDER ? "https" : "http"}://127.0.0.1:${http.port}/mcp`);
  const clients: Client[] = [];
  return {
    url,
    ...(http.healthPort === undefined ? {} : { healthPort: http.healthPort }),
    client: async (era) => {
      const client = await connected(era, new StreamableHTTPClientTransport(url));
      clients.push(client);
      return client;
    },
    drain: () => http.drain(),
    logged: () => logged,
    close: async () => {
      await Promise.all(clients.map((client) => client.close().catch(() => undefined)));
      await http.close();
      await service.close();
    },
  };
}

/** A tool's answer: its first text, and whether it is an error. */
export interface Answer {
  text: string;
  isError: boolean;
}

/** Calls a tool and gives its answer's first text. A protocol error counts as one of the tool. */
export async function ask(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  try {
    const result = await client.callTool({ name, arguments: args });
    const [first] = result.content as { text?: string; data?: string; resource?: { blob?: string } }[];
    const text = first?.text ?? first?.data ?? first?.resource?.blob ?? "";
    return { text, isError: result.isError === true };
  } catch (error) {
    return { text: String(error), isError: true };
  }
}
