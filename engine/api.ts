import { type IncomingMessage, request } from "node:http";
import { engineAgent, newConnection, reasonOf } from "./connection";
import { DockerError } from "./docker";
import { engineSocket } from "./endpoint";
import { eachLine } from "./lines";

/** What is asked of the engine beside the path. */
export interface EngineRequest {
  /** Default: GET. */
  method?: "GET" | "POST";
  /** Sent as JSON. */
  body?: unknown;
  /** Ends it early. */
  signal?: AbortSignal | undefined;
}

/** What the engine did not do, in its own words. */
export class EngineError extends Error {
  override name = "EngineError";

  constructor(
    /** Of HTTP: 404 where there is no such object. */
    readonly status: number,
    path: string,
    readonly said: string,
  ) {
    super(`The engine answers ${status} to ${path}: ${said}`);
  }
}

/**
 * Asks the engine's API, which takes a hundredth of what starting the CLI takes.
 * @param path without a version, which engines take as their own.
 * @returns what the engine answers; undefined where that is nothing.
 * @throws EngineError where it refuses, DockerError where it can't be reached.
 */
export async function askEngine<T>(path: string, asked: EngineRequest = {}): Promise<T> {
  const text = await textOf(await answerTo(path, asked, false));
  return (text.trim() ? JSON.parse(text) : undefined) as T;
}

/** Hands over each line of an answer that goes on, until it ends. */
export async function followEngine(
  path: string,
  onLine: (line: string) => void,
  asked: EngineRequest = {},
): Promise<void> {
  const answer = await answerTo(path, asked, true);
  eachLine(answer, onLine);
  await ended(answer);
}

/** The same for an answer that is bytes. */
export async function streamFromEngine(path: string, asked: EngineRequest = {}): Promise<IncomingMessage> {
  return answerTo(path, asked, true);
}

/** @param own on a connection of its own, which ends with the answer. */
async function answerTo(path: string, asked: EngineRequest, own: boolean): Promise<IncomingMessage> {
  const answer = await send(path, asked, own);
  if (answer.statusCode !== undefined && answer.statusCode < 300) return answer;
  const text = await textOf(answer);
  throw new EngineError(answer.statusCode ?? 0, path, messageOf(text));
}

function send(path: string, asked: EngineRequest, own: boolean): Promise<IncomingMessage> {
  const { method = "GET", body, signal } = asked;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    host: "docker",
    connection: "keep-alive", // also on one of its own: were the engine to close it, the CLI's end could overtake the rest
    ...(text === undefined
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const connection = own ? { createConnection: newConnection } : { agent: engineAgent() };
    const asking = request({ method, path, headers, ...connection, ...(signal ? { signal } : {}) }, resolve);
    asking.on("error", () => undefined); // one connection's end may show as several
    asking.once("error", (error: NodeJS.ErrnoException) => {
      // Node's documentation: the engine, or the CLI that carries it, may have closed a connection at rest in the moment when
      // it was taken. By which error that shows depends on who was first.
      if (method === "GET" && asking.reusedSocket && !signal?.aborted) resolve(send(path, asked, own));
      else void reasonOf(asking.socket, error).then((reason) => reject(unreachable(reason)));
    });
    asking.end(text);
  });
}

/** An error of the connection in the CLI's words, which tell what to do. */
function unreachable(error: NodeJS.ErrnoException): Error {
  if (error.syscall !== "connect") return error;
  const said =
    error.code === "EACCES"
      ? `permission denied while trying to connect to the Docker daemon socket at unix://${engineSocket()}`
      : `Cannot connect to the Docker daemon at unix://${engineSocket()}: ${error.code}`;
  return new DockerError(["engine"], null, said);
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  answer.setEncoding("utf8");
  for await (const part of answer) text += part as string;
  return text;
}

function ended(answer: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => answer.on("error", reject).on("close", resolve));
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message: string }).message;
  } catch {
    return text.trim();
  }
}
