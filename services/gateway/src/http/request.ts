import { onceClosed } from "../../../host/closed";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Asked } from "./asked";
import type { RequestTrace } from "./trace";
import { parseJson } from "../../../host/json";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import { eraOf } from "../protocol/versions";
import type { Policy } from "../access/policy";
import type { Elsewhere } from "../peers/elsewhere";
import type { View } from "../routing/view";
import { GivenUp } from "../upstream/given-up";

/** One HTTP request to an MCP endpoint. */
export interface Ingress {
  request: IncomingMessage;
  response: ServerResponse;
  view: View;
  /** Whose request it is. */
  principal: string;
  policy: Policy;
  /** Counts the call of a tool, and refuses it where there were too many. */
  count: (server: string, tool: string) => Promise<void>;
  /** Takes note of what the request asks for. */
  note: (asked: Asked) => void;
  /** The gateway's other processes. */
  elsewhere: Elsewhere;
  /** The request's trace. */
  trace: RequestTrace;
  /** Whether it must be known which tool is called, so that the request has to be parsed. */
  inspects: boolean;
}

/** @throws RpcError where a request's body is not said to be JSON. */
export function checkContentType(request: IncomingMessage): void {
  const type = oneHeader(request, "content-type");
  if (type?.split(";")[0]?.trim().toLowerCase() === "application/json") return;
  throw new RpcError(
    errorCode.invalidRequest,
    `Content-Type is ${type ?? "not said"}; it must be application/json`,
    415,
  );
}

/**
 * Reads a request's body.
 * @throws RpcError where it is longer than allowed, or breaks off.
 */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const tooLong = () =>
    new RpcError(errorCode.invalidRequest, `The body is longer than ${mostBytes} bytes`, 413);
  if (Number(request.headers["content-length"]) > mostBytes) return Promise.reject(tooLong());
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) {
        request.pause();
        reject(tooLong());
      } else if (!first) first = chunk;
      else (chunks ??= [first]).push(chunk);
    });
    request.on("end", () => resolve(chunks ? Buffer.concat(chunks) : (first ?? Buffer.alloc(0))));
    // Where it breaks off there is no end.
    request.on("error", () => reject(new RpcError(errorCode.invalidRequest, "The request broke off", 400)));
  });
}

/**
 * The JSON of a body.
 * @param deepest the deepest nesting that is read.
 * @throws RpcError where it is none, or nested deeper.
 */
export function parseBody(body: Buffer, deepest = 128): unknown {
  if (isDeeper(body, deepest)) {
    throw new RpcError(errorCode.invalidRequest, `The body is nested deeper than ${deepest} levels`, 400);
  }
  try {
    return parseJson(body.toString());
  } catch {
    throw new RpcError(errorCode.parse, "The body is not JSON", 400);
  }
}

/** Whether JSON is nested deeper than so many levels; what stands in its texts does not count. */
function isDeeper(json: Buffer, most: number): boolean {
  // A level takes two bytes at least.
  if (json.length <= most * 2) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (inText) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > most) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

/** A header that may be there once. */
export function oneHeader({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The bearer token of a request. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +([\x21-\x7e]+)$/i.exec(headers.authorization ?? "")?.[1];
}

/** The key of a request: `X-Api-Key`, or else the bearer token. */
export function keyOf(request: IncomingMessage): string | undefined {
  return oneHeader(request, "x-api-key") ?? bearerOf(request);
}

/** Whether a request's headers say that it is of the modern era. Without that the body may say it still. */
export function claimsModern(request: IncomingMessage): boolean {
  const version = oneHeader(request, "mcp-protocol-version");
  return version !== undefined && eraOf(version) === "modern";
}

/** A signal that ends when the client has gone before it got its answer. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const control = new AbortController();
  onceClosed(response, () => {
    if (!response.writableFinished) control.abort(new GivenUp("the client has gone"));
  });
  return control.signal;
}
