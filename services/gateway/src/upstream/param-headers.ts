import { LRUCache } from "lru-cache";
import { encodeHeader } from "../protocol/headers";
import { isObject, type Params } from "../protocol/jsonrpc";

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
    const value = path.reduce<unknown>((holder, key) => (isObject(holder) ? holder[key] : undefined), args);
    if (["string", "number", "boolean"].includes(typeof value)) {
      headers[`mcp-param-${header.toLowerCase()}`] = encodeHeader(String(value));
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

  /** Takes a list of tools over. */
  learn(principal: string, tools: unknown): void {
    for (const tool of Array.isArray(tools) ? tools : []) {
      if (!isObject(tool)) continue;
      this.known.set(`${principal} ${String(tool.name)}`, marksOf(tool.inputSchema));
    }
  }
}
