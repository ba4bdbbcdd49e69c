import { LRUCache } from "lru-cache";
import { decodeHeader, encodeHeader } from "../protocol/headers";
import type { Call } from "./call";
import type { Reply } from "./reply";
import { listTools } from "./tool-list";
import { numberOf, plainText, sameNumber } from "../../../host/json";
import { errorCode, isObject, type Params, RpcError } from "../protocol/jsonrpc";

/** An argument that a tool wants repeated in a header. */
interface Mark {
  header: string;
  path: string[];
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The arguments that a tool's schema marks with `x-mcp-header`, at whatever depth of properties. */
export function marksOf(schema: unknown, path: string[] = []): Mark[] {
  if (!isObject(schema)) return [];
  const name = schema["x-mcp-header"];
  const own = typeof name === "string" && token.test(name) && path.length > 0 ? [{ header: name, path }] : [];
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return [...own, ...properties.flatMap(([key, child]) => marksOf(child, [...path, key]))];
}

/** The headers that repeat the marked ones of a call's arguments; one that is absent or null has none. */
export function paramHeaders(marks: readonly Mark[], args: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { header, path } of marks) {
    const value = at(args, path);
    if (["string", "number", "boolean"].includes(typeof value)) {
      headers[`mcp-param-${header.toLowerCase()}`] = encodeHeader(plainText(value));
    }
  }
  return headers;
}

/** What tools want repeated, as far as that was found out: by principal, as each may see other tools. */
export class ToolMarks {
  private readonly known = new LRUCache<string, Mark[]>({ max: 10_000 });

  /** The headers of a call. */
  headersOf(principal: string, { name, arguments: args }: Params): Record<string, string> {
    return paramHeaders(this.known.get(`${principal} ${String(name)}`) ?? [], args);
  }

  /**
   * Checks what a client repeats, on behalf of a server that knows no such headers: whoever decided by them must not have been
   * told something else.
   * @returns false where it is not known what the tool wants repeated.
   * @throws RpcError where they do not say what the arguments say.
   */
  check(principal: string, { name, arguments: args }: Params, headers: Record<string, string>): boolean {
    const marks = this.known.get(`${principal} ${String(name)}`);
    const expected = paramHeaders(marks ?? [], args);
    for (const { header, path } of marks ?? []) {
      const key = `mcp-param-${header.toLowerCase()}`;
      const [said, wanted] = [headers[key], expected[key]];
      const same =
        said === undefined
          ? wanted === undefined
          : wanted !== undefined && equal(said, wanted, at(args, path));
      if (same) continue;
      const text = `Header mismatch: the header ${key} does not say what the arguments of ${String(name)} say`;
      throw new RpcError(errorCode.headerMismatch, text, 400);
    }
    return marks !== undefined;
  }

  /** Takes a list of tools over. */
  learn(principal: string, tools: unknown): void {
    for (const tool of Array.isArray(tools) ? tools : []) {
      if (!isObject(tool)) continue;
      this.known.set(`${principal} ${String(tool.name)}`, marksOf(tool.inputSchema));
    }
  }
}

/** Asks a server for its tools, on behalf of a call, and takes over what they want repeated. */
export function learnMarks(
  marks: ToolMarks,
  call: Call,
  ask: (listing: Call) => Promise<Reply>,
): Promise<void> {
  return listTools(call, ask, (tools) => marks.learn(call.principal, tools));
}

/** The argument at a path. */
function at(args: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((holder, key) => (isObject(holder) ? holder[key] : undefined), args);
}

/** Whether two headers stand for the same value, however each is written: 42.0 is 42, as the specification wants it. */
function equal(one: string, other: string, value: unknown): boolean {
  const [a, b] = [decodeHeader(one), decodeHeader(other)];
  return a === b || (!Number.isNaN(numberOf(value)) && sameNumber(a, b));
}

/** Whether a client repeats any argument in a header. */
export function repeatsAny(headers: Record<string, string>): boolean {
  return Object.keys(headers).some((name) => name.startsWith("mcp-param-"));
}
