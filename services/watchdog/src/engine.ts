import Docker from "dockerode";
import { type Container, containerOf } from "./container";

/** Something that the engine says has happened to a container. */
export interface EngineEvent {
  containerId: string;
  action: string;
  /** Nanoseconds since 1970, as near as a number comes to them. */
  time: number;
}

/** The events that can change what is known of a container; the many of its probes are not among them. */
const watchedActions = [
  ...["create", "start", "restart", "stop", "kill", "die", "oom", "pause", "unpause", "rename", "update"],
  ...["destroy", "health_status"],
];

/** How long the engine may take for an answer; a stop or restart takes the container's own time besides. */
const answerMs = 10_000;
const commandMs = 60_000;

/** The engine, as far as the watchdog uses it: to list, inspect, restart and stop the containers of one environment. */
export class Engine {
  private readonly docker: Docker;
  private readonly label: string;

  constructor(socketPath: string, environment: string) {
    this.docker = new Docker({ socketPath });
    this.label = `dev.mcp.environment=${environment}`;
  }

  /** All containers of the environment, running or not, by their IDs, each with the list's words for how it is. */
  async list(): Promise<Map<string, string>> {
    const filters = { label: [this.label] };
    const abortSignal = AbortSignal.timeout(answerMs);
    const found = await this.docker.listContainers({ all: true, filters, abortSignal });
    return new Map(found.map(({ Id, State, Status }) => [Id, `${State} ${verdictIn(Status)}`]));
  }

  /** A container, or undefined where it is gone. */
  async inspect(id: string): Promise<Container | undefined> {
    try {
      const info = await this.docker.getContainer(id).inspect({ abortSignal: AbortSignal.timeout(answerMs) });
      return containerOf(info);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Stops a container within its own time and starts it again. */
  async restart({ id, stopGraceMs }: Container): Promise<void> {
    const abortSignal = AbortSignal.timeout(stopGraceMs + commandMs);
    await this.docker.getContainer(id).restart({ abortSignal });
  }

  /** Stops a container within its own time. */
  async stop({ id, stopGraceMs }: Container): Promise<void> {
    const abortSignal = AbortSignal.timeout(stopGraceMs + commandMs);
    await this.docker.getContainer(id).stop({ abortSignal });
  }

  /**
   * The events of the environment's containers after a time, past ones as far as the engine still has them, until the
   * engine ends the stream.
   * @param connected called when the engine has taken the request: from then on nothing is missed.
   */
  async *events(since: number, connected: () => void): AsyncGenerator<EngineEvent> {
    const filters = { type: ["container" as const], label: [this.label], event: watchedActions };
    const stream = await this.docker.getEvents({ filters, since: since / 1e9 });
    connected();
    for await (const line of linesOf(stream)) {
      const { Action, Actor, timeNano } = JSON.parse(line) as RawEvent;
      // The engine gives the event of just that time once more.
      if (timeNano > since) yield { containerId: Actor.ID, action: Action, time: timeNano };
    }
  }
}

/** Whether the engine would not do what it was asked, as the container is gone or going. */
export function isRefused(error: unknown): boolean {
  return [404, 409].includes(statusOf(error) ?? 0);
}

/** The engine's verdict, as lists have it behind how long a container has been up: `Up 5 minutes (healthy)`. */
function verdictIn(status: string): string {
  return /\(((un)?healthy|health: starting|Paused)\)/.exec(status)?.[1] ?? "";
}

interface RawEvent {
  Action: string;
  Actor: { ID: string };
  timeNano: number;
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}
