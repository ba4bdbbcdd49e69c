import { isClosed } from "./closed";
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
import { leastUsed, type Usage } from "./least-used";
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
  /** Opens what a session needs, for a client that can do so much; `client` tells clients apart. */
  open: (capabilities: ClientCapabilities, client: string) => Promise<Session>;
  /** Most sessions at a time; for one beyond, the least recently used that idles is ended, its client's own first. */
  most: number;
  /** Whose they are, where there is a name, for the same message. */
  of?: string;
  /** How that number is set, for the message that all of them are in use. */
  setBy: string;
  /** Is handed the sessions, for a service in which others than sessions need a place as well. */
  onServing?: (sessions: Pick<Sessions, "endIdle">) => void;
  /** How long a session lasts in which nothing is asked and no stream is open, in seconds. */
  idleSeconds: number;
}

interface OpenSession extends Session, Usage {
  transport: NodeStreamableHTTPServerTransport;
  timer?: NodeJS.Timeout;
}

/** Who asks, as far as that can be known: the same program from the same address. */
function clientOf({ socket }: IncomingMessage, info: { name: string }): string {
  return `${info.name} at ${socket.remoteAddress}`;
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
  ) {
    keeping.onServing?.(this);
  }

  /**
   * Ends the least recently used session in which nothing is asked, if there is one: those of a client itself first, and those
   * that nobody listens to before others.
   * @returns whether there was one.
   */
  async endIdle(client: string): Promise<boolean> {
    const victim = leastUsed([...this.sessions.values()], client);
    if (!victim) return false;
    await this.end(victim);
    return true;
  }

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
      try {
        session = await this.open(body.params.capabilities, clientOf(request, body.params.clientInfo));
      } catch (error) {
        return { status: 503, message: `No session can be opened: ${describeError(error).error}` };
      }
    }
    const served = session;
    if (isClosed(response)) {
      // Its client went while it was opened, and nobody else knows of it.
      if (id === undefined) await this.end(served);
      return undefined;
    }
    clearTimeout(served.timer);
    const kind = request.method === "GET" ? "streams" : "calls";
    served[kind] += 1;
    served.used = performance.now();
    response.once("close", () => {
      served[kind] -= 1;
      served.used = performance.now();
      if (served.calls + served.streams === 0) this.expectEnd(served);
    });
    await served.transport.handleRequest(request, response, body);
    return undefined;
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => this.end(session)));
  }

  private async open(capabilities: ClientCapabilities, client: string): Promise<OpenSession> {
    const { most, setBy, of } = this.keeping;
    this.opening += 1;
    try {
      if (this.sessions.size + this.opening > most && !(await this.endIdle(client))) {
        throw new Error(
          `all ${most} sessions${of === undefined ? "" : ` of ${of}`} are in use, with a call in each (${setBy} is how many there may be)`,
        );
      }
      const session = await this.keeping.open(capabilities, client);
      const transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (id) => {
          this.sessions.set(id, opened);
          this.gauge.set(this.sessions.size);
        },
        onsessionclosed: () => this.end(opened),
      });
      const opened: OpenSession = {
        ...session,
        transport,
        client,
        calls: 0,
        streams: 0,
        used: performance.now(),
      };
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
