import { type ChildProcess, spawn } from "node:child_process";
import { Agent } from "node:http";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { DockerError } from "./docker";
import { engineSocket } from "./endpoint";

/** How many connections there are at most that wait for their next request: an engine far away is called through a process each. */
const most = { near: 16, far: 4 };

/**
 * Connections to the engine, kept for the next request. On a unix socket they are plain ones. Elsewhere the docker CLI carries
 * them, so that TLS and ssh are honoured here as in every other command.
 */
class EngineAgent extends Agent {
  constructor(private readonly socket: string | undefined) {
    super({ keepAlive: true, maxSockets: socket === undefined ? most.far : most.near });
  }

  override createConnection(): Duplex {
    return this.socket === undefined ? dialed() : connect(this.socket);
  }
}

const agents = new Map<string | undefined, EngineAgent>();

/** The connections to the engine that the environment leads to now. */
export function engineAgent(): Agent {
  const socket = engineSocket();
  const known = agents.get(socket);
  if (known) return known;
  const agent = new EngineAgent(socket);
  agents.set(socket, agent);
  return agent;
}

/** A connection of its own, for an answer that goes on as long as the connection does. */
export function newConnection(): Duplex {
  const socket = engineSocket();
  return socket === undefined ? dialed() : connect(socket);
}

/** Why the CLI ended that carried a connection. */
const reasons = new WeakMap<object, Promise<DockerError | undefined>>();

/** The error of a connection, in the CLI's words where it carried it: a pipe that breaks says nothing. */
export async function reasonOf(connection: object | null, error: Error): Promise<Error> {
  return (connection && (await reasons.get(connection))) ?? error;
}

/** A connection that the CLI carries: its standard input and output are those of the engine. */
function dialed(): Duplex {
  const command = ["system", "dial-stdio"];
  const dial = spawn("docker", command, { env: { ...process.env }, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  dial.stderr.on("data", (part: Buffer) => (said += part.toString()));
  const connection = Duplex.from({ writable: dial.stdin, readable: dial.stdout });
  connection.on("error", () => undefined); // the request tells of it
  // It has nothing to put in order, and now and then outlives a milder signal.
  const end = () => void dial.kill("SIGKILL");
  process.on("exit", end);
  connection.on("close", () => {
    // One that ends by itself is to say why.
    const broke = dial.stdout.readableEnded || (connection.errored && "syscall" in connection.errored);
    if (broke) dial.stdin.destroy();
    else end();
  });
  const ended = new Promise<DockerError | undefined>((resolve) => {
    dial.on("error", (error) => resolve(new DockerError(command, null, error.message)));
    dial.on("close", (code) => resolve(code ? new DockerError(command, code, said) : undefined));
  });
  void ended.then(() => process.off("exit", end));
  reasons.set(connection, ended);
  return Object.assign(connection, asSocket(dial));
}

/** What an agent asks of a connection besides: that one at rest keeps no process alive. */
function asSocket(dial: ChildProcess) {
  const parts = [dial, dial.stdin, dial.stdout, dial.stderr] as { ref?(): void; unref?(): void }[];
  return {
    setKeepAlive: () => undefined,
    setNoDelay: () => undefined,
    setTimeout: () => undefined,
    ref: () => parts.forEach((part) => part.ref?.()),
    unref: () => parts.forEach((part) => part.unref?.()),
  };
}
