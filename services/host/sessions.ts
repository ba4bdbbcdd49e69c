import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeStreamableHTTPServerTransport } from "@modelcontextprotocol/node";
import {
  type ClientCapabilities,
  isInitializeRequest,
  McpServer,
  type Server,
} from "@modelcontextprotocol/server";
import type { Gauge } from "prom-client";
import { describeError } from "./log";

/** The server of one session of the 2025 era, and what it holds for as long as the session lasts. */
export interface Session {
  server: McpServer | Server;
  /** Gives back what the session holds. */
  close: () => Promise<void>;
  /** Resolves when what the session holds is gone by itself; the session ends then. */
  gone?: Promise<void>;
}

/** How a service keeps sessions. */
export interface SessionKeeping {
  /** Opens what a session needs, for a client that can do so much. */
  open: (capabilities: ClientCapabilities) => Promise<Session>;
  /** Most sessions at a time; a client beyond is told to come back later. */
  most: number;
  /** How long a session lasts in which nothing is asked and no stream is open, in seconds. */
  idleSeconds: number;
}

interface OpenSession extends Session {
  transport: NodeStreamableHTTPServerTransport;
  /** Requests and streams that are open. */
  open: number;
  timer?: NodeJS.Timeout;
}

/** An answer that says why there is none. */
export interface Refusal {
  status: number;
  message: string;
}

/** Serves clients of the 2025 era in sessions, each with a server of its own. */
export class Sessions {
  private readonly sessions = new Map<string, OpenSession>();
  /** Sessions that are being opened count as well, or many at once would be too many. */
  private opening = 0;

  constructor(
    private readonly keeping: SessionKeeping,
    private readonly gauge: Gauge,
  ) {}

  /** Serves one request; `body` is its content, parsed. @returns what it is to be refused with, if it is. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
  ): Promise<Refusal | undefined> {
    const id = request.headers["mcp-session-id"];
    let session = typeof id === "string" ? this.sessions.get(id) : undefined;
    if (!session) {
      if (id !== undefined)
        return { status: 404, message: "There is no such session (any more): initialize again" };
      if (!isInitializeRequest(body))
        return { status: 400, message: "Begin with initialize, which opens a session" };
      if (this.sessions.size + this.opening >= this.keeping.most) {
        return { status: 503, message: `All ${this.keeping.most} sessions are taken; try again later` };
      }
      try {
        session = await this.open(body.params.capabilities);
      } catch (error) {
        return { status: 503, message: `No session can be opened: ${describeError(error).error}` };
      }
    }
    const served = session;
    clearTimeout(served.timer);
    served.open += 1;
    response.once("close", () => {
      served.open -= 1;
      if (served.open === 0) this.expectEnd(served);
    });
    await served.transport.handleRequest(request, response, body);
    return undefined;
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => this.end(session)));
  }

  private async open(capabilities: ClientCapabilities): Promise<OpenSession> {
    this.opening += 1;
    try {
      const session = await this.keeping.open(capabilities);
      const transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (id) => {
          this.sessions.set(id, opened);
          this.gauge.set(this.sessions.size);
        },
        onsessionclosed: () => this.end(opened),
      });
      const opened: OpenSession = { ...session, transport, open: 0 };
      await session.server.connect(transport);
      // Calls in flight are failing at this moment; their errors are to go out first.
      void session.gone?.then(() => setImmediate(() => void this.end(opened)));
      return opened;
    } finally {
      this.opening -= 1;
    }
  }

  private expectEnd(session: OpenSession): void {
    clearTimeout(session.timer);
    // One whose `initialize` was refused has no id, and nobody who comes back to it.
    const milliseconds = session.transport.sessionId === undefined ? 0 : this.keeping.idleSeconds * 1000;
    session.timer = setTimeout(() => void this.end(session), milliseconds).unref();
  }

  private async end(session: OpenSession): Promise<void> {
    clearTimeout(session.timer);
    const { sessionId } = session.transport;
    if (sessionId !== undefined && !this.sessions.delete(sessionId)) return;
    this.gauge.set(this.sessions.size);
    await session.server.close().catch(() => undefined);
    await session.close();
  }
}
