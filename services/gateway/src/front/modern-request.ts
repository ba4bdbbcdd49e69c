import type { IncomingMessage } from "node:http";
import { oneHeader } from "../http/request";
import { decodeHeader, namedBy } from "../protocol/headers";
import {
  errorCode,
  isNotification,
  isObject,
  isRequest,
  RpcError,
  type RpcRequest,
} from "../protocol/jsonrpc";
import { metaKey, metaOf } from "../protocol/meta";
import { modernVersion } from "../protocol/versions";

/**
 * Checks that a message is a request of the modern era, and that its headers say what it says: whoever decides by the
 * headers must not be told something else.
 * @returns the request; undefined for a notification, which has nothing to say to a gateway.
 * @throws RpcError with what does not fit.
 */
export function checkModern(request: IncomingMessage, message: unknown): RpcRequest | undefined {
  if (isNotification(message)) return undefined;
  if (!isRequest(message)) {
    throw new RpcError(errorCode.invalidRequest, "The body is not a single JSON-RPC request", 400);
  }
  const refuse = (code: number, text: string, data?: unknown) => new RpcError(code, text, 400, data);
  const meta = metaOf(message.params);
  const version = meta[metaKey.version];
  if (typeof version !== "string") throw refuse(errorCode.invalidParams, `_meta needs ${metaKey.version}`);
  checkHeader(request, "mcp-protocol-version", version);
  if (version !== modernVersion) {
    throw refuse(errorCode.unsupportedVersion, "Unsupported protocol version", {
      supported: [modernVersion],
      requested: version,
    });
  }
  if (!isObject(meta[metaKey.clientCapabilities])) {
    throw refuse(errorCode.invalidParams, `_meta needs ${metaKey.clientCapabilities}`);
  }
  checkHeader(request, "mcp-method", message.method);
  const named = namedBy[message.method];
  const name = named && message.params?.[named];
  if (typeof name === "string") checkHeader(request, "mcp-name", name, decodeHeader);
  return message;
}

function checkHeader(
  request: IncomingMessage,
  name: string,
  expected: string,
  decode: (value: string) => string = (value) => value,
): void {
  const value = oneHeader(request, name);
  if (value !== undefined && decode(value) === expected) return;
  throw new RpcError(
    errorCode.headerMismatch,
    value === undefined
      ? `Header mismatch: the header ${name} is missing`
      : `Header mismatch: the header ${name} is ${JSON.stringify(value)}, the body says ${JSON.stringify(expected)}`,
    400,
  );
}
