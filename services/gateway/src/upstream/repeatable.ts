import { LRUCache } from "lru-cache";
import { isObject, type Params } from "../protocol/jsonrpc";

/** Methods that change nothing, and so can be repeated. */
const onlyReads = new Set([
  "completion/complete",
  "prompts/get",
  "prompts/list",
  "resources/list",
  "resources/read",
  "resources/templates/list",
  "server/discover",
  "tools/list",
]);

/** What a server says of its tools is believed for so long, in milliseconds. */
const believedMs = 60_000;

/**
 * Which calls of a server may be made a second time though nobody knows whether the first was carried out: those that
 * only read, and those of tools that say of themselves that a second call changes nothing.
 */
export class Repeatable {
  private readonly tools = new LRUCache<string, boolean>({
    max: 10_000,
    ttl: believedMs,
    noDeleteOnStaleGet: true,
  });
  private learning?: Promise<void>;

  /** @param list asks the server for its tools, and hands them over page by page. */
  constructor(private readonly list: (found: (tools: unknown[]) => void) => Promise<void>) {}

  /** Whether this one may. Tools that are not known are asked for; where that fails, what was known last counts. */
  async may(method: string, { name }: Params): Promise<boolean> {
    if (onlyReads.has(method)) return true;
    if (method !== "tools/call" || typeof name !== "string") return false;
    if (!this.tools.has(name)) await this.learn().catch(() => undefined);
    return this.tools.get(name, { allowStale: true }) ?? false;
  }

  /** Asks once for all who wait. */
  private learn(): Promise<void> {
    return (this.learning ??= this.ask().finally(() => delete this.learning));
  }

  private ask(): Promise<void> {
    return this.list((tools) => {
      for (const tool of tools) {
        if (!isObject(tool) || typeof tool.name !== "string") continue;
        const { readOnlyHint, idempotentHint } = isObject(tool.annotations) ? tool.annotations : {};
        this.tools.set(tool.name, readOnlyHint === true || idempotentHint === true);
      }
    });
  }
}
