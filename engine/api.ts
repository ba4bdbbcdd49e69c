import { type ChildProcess, spawn } from "node:child_process";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { DockerError } from "./docker";

/** The engine answered, but not with what it was asked for. */
export class EngineApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "EngineApiError";
  }
}

const command = ["system", "dial-stdio"];

/** How long a connection waits for the next question: starting the CLI takes longer than most answers. */
const idleMs = 5_000;

/** What may lead to another engine than before. */
const deciding = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"];

/** Each is a process of the CLI's; further questions wait for one of them. */
const mostConnections = 4;

const agents = new Map<string, Agent>();

/**
 * Asks the engine's API for what the CLI gives only slowly. The CLI carries the connection, so that contexts, TLS and ssh
 * are honoured here as in every other command; the connection is kept for a while, and holds up no process that ends.
 * @param path without a version, which engines take as their own.
 * @throws DockerError where the CLI reaches no engine; EngineApiError where the engine refuses.
 */
export async function askEngine<T>(path: string): Promise<T> {
  const { status, text } = await answerTo(path);
  if (status === 200) return JSON.parse(text) as T;
  throw new EngineApiError(status, `The engine answers ${status} to ${path}: ${text.trim()}`);
}

interface Answer {
  status: number;
  text: string;
}

function answerTo(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Were the engine to close the connection, the CLI's end could overtake the rest of the answer.
    const headers = { host: "docker", connection: "keep-alive" };
    const asked = request({ path, headers, agent: agentHere() }, (answer) => {
      textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
    });
    // One that was kept may have ended with its engine, which says nothing of this question.
    asked.on("error", (error) =>
      asked.reusedSocket ? resolve(answerTo(path)) : void whyNot(asked, error).then(reject),
    );
    asked.end();
  });
}

/** A pipe that breaks says nothing; why it did is what the CLI said. */
async function whyNot({ socket }: ClientRequest, error: Error): Promise<Error> {
  const dialed: unknown = socket;
  return dialed instanceof DialedConnection ? ((await dialed.failure()) ?? error) : error;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += String(part);
  return text;
}

/** The connections to the engine that the environment leads to now. */
function agentHere(): Agent {
  const engine = deciding.map((name) => process.env[name] ?? "").join("\n");
  const agent = agents.get(engine) ?? new DialingAgent({ keepAlive: true, maxSockets: mostConnections });
  agents.set(engine, agent);
  return agent;
}

class DialingAgent extends Agent {
  // An agent asks no more of a socket than what a dialed connection has.
  override createConnection(): Socket {
    return new DialedConnection() as unknown as Socket;
  }
}

/** The CLI's standard streams, with what an agent asks of a socket besides. */
class DialedConnection extends Duplex {
  private readonly dial = spawn("docker", command, {
    env: { ...process.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  private readonly ended: Promise<number | null>;
  private said = "";
  private idle: NodeJS.Timeout | undefined;

  constructor() {
    super({ allowHalfOpen: false });
    const { dial } = this;
    running.add(dial);
    dial.stderr.on("data", (part: Buffer) => (this.said += part.toString()));
    dial.stdin.on("error", (error) => this.destroy(error));
    dial.stdout.on("data", (part: Buffer) => this.push(part) || dial.stdout.pause());
    dial.stdout.on("end", () => this.push(null));
    this.ended = new Promise((resolve) => {
      dial.on("error", (error) => {
        this.said += error.message;
        resolve(1);
      });
      dial.on("close", resolve);
    });
    void this.ended.then(() => running.delete(dial));
  }

  /** What the CLI said where it reached no engine. */
  async failure(): Promise<DockerError | undefined> {
    this.dial.stdin.destroy();
    const code = await this.ended;
    return code ? new DockerError(command, code, this.said) : undefined;
  }

  override _read(): void {
    this.dial.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.dial.stdin.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.dial.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.idle);
    // One that was given an answer has nothing to put in order, and now and then outlives a milder signal.
    if (error) this.dial.stdin.destroy();
    else this.dial.kill("SIGKILL");
    done(error);
  }

  /** The agent keeps it for the next question. */
  unref(): this {
    this.hold("unref");
    this.idle = setTimeout(() => this.destroy(), idleMs).unref();
    return this;
  }

  /** It is used again. */
  ref(): this {
    clearTimeout(this.idle);
    this.hold("ref");
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  private hold(how: "ref" | "unref"): void {
    this.dial[how]();
    for (const pipe of [this.dial.stdin, this.dial.stdout, this.dial.stderr]) (pipe as Socket)[how]();
  }
}

/** They end with their input, but one that hangs is not to outlive this process. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((dial) => dial.kill("SIGKILL")));
