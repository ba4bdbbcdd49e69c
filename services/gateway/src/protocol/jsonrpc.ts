/** The id of a request. */
export type Id = string | number;

/** The parameters of a message. */
export type Params = Record<string, unknown>;

/** A request: it has an id and wants a response. */
export interface RpcRequest {
  jsonrpc: "2.0";
  id: Id;
  method: string;
  params?: Params;
}

/** A notification: it wants no response. */
export interface RpcNotification {
  jsonrpc: "2.0";
  method: string;
  params?: Params;
}

/** The error of a response. */
export interface RpcErrorObject {
  code: number;
  message: string;
  data?: unknown;
}

/** A response: a result or an error. The id is absent where the request's could not be read. */
export interface RpcResponse {
  jsonrpc: "2.0";
  id?: Id | null;
  result?: Params;
  error?: RpcErrorObject;
}

export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

/** JSON-RPC's codes, and those that the protocol defines. */
export const errorCode = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
  // The gateway's own, outside of JSON-RPC's reserved range, as the specification asks.
  serverUnavailable: 5030,
  overloaded: 5031,
  tooManyRequests: 4290,
  unauthorized: 4010,
  forbidden: 4030,
  serverTimeout: 5040,
} as const;

/** What ends a request with a JSON-RPC error. */
export class RpcError extends Error {
  /** The request that it answers, where that is known by now. */
  requestId?: Id;
  /** Headers of the answer that says so. */
  headers: Record<string, string> = {};

  /**
   * @param status the HTTP status that says the same, where no answer has begun.
   * @param data what a program may want to know of it.
   */
  constructor(
    readonly code: number,
    message: string,
    readonly status = 200,
    readonly data?: unknown,
  ) {
    super(message);
    this.name = "RpcError";
  }

  /** The response that says it. */
  response(): RpcResponse {
    const { code, message, data, requestId } = this;
    return { jsonrpc: "2.0", id: requestId ?? null, error: { code, message, data } };
  }
}

/** A response with a result. */
export function resultOf(id: Id, result: Params): RpcResponse {
  return { jsonrpc: "2.0", id, result };
}

export function isRequest(message: unknown): message is RpcRequest {
  return isObject(message) && typeof message.method === "string" && isId(message.id) && hasParams(message);
}

export function isNotification(message: unknown): message is RpcNotification {
  return (
    isObject(message) && typeof message.method === "string" && message.id === undefined && hasParams(message)
  );
}

export function isResponse(message: unknown): message is RpcResponse {
  if (!isObject(message) || message.method !== undefined) return false;
  return isObject(message.result) || isObject(message.error);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number";
}

function hasParams({ params }: Record<string, unknown>): boolean {
  return params === undefined || isObject(params);
}
