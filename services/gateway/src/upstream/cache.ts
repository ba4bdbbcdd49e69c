import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { numberOf } from "../../../host/json";
import { isObject, type Params, resultOf, type RpcNotification } from "../protocol/jsonrpc";
import { metaKey } from "../protocol/meta";
import type { Call } from "./call";
import { Reply } from "./reply";

/** The methods whose results say how long they hold and for whom (revision 2026-07-28, "Caching"). */
const lists = new Set(["tools/list", "prompts/list", "resources/list", "resources/templates/list"]);

/** Whether a method's result may be kept; those of `server/discover` are made by the gateway itself. */
export function isCacheable(method: string): boolean {
  return method === "resources/read" || lists.has(method);
}

/** No result is kept for longer, whatever its server says, in milliseconds. */
const longestMs = 24 * 3_600_000;

/** How requests for what can be kept were answered. */
export type CacheOutcome = "hit" | "miss" | "coalesced";

interface Kept {
  method: string;
  /** The URI that was read. */
  uri?: unknown;
  result: Params;
}

/** A request that others like it wait for. */
interface Running {
  reply: Promise<Reply>;
  /** Its client has gone, which says nothing to the others. */
  givenUp: () => boolean;
}

/** How a server is asked, and what holds where it does not say. */
export interface CacheSource {
  /** The one generation of a server's results; another one shares nothing with it. */
  generation: string;
  /** How long lists hold, for everybody, that a server does not say so of; 0 where it is not known. */
  listTtlMs: number;
  ask: (call: Call) => Promise<Reply>;
}

/**
 * Results that servers said may be kept, in this process, the least used ones given up first. A `private` one is never
 * shared between two principals, and where nobody has to say who he is, it is not kept at all.
 */
export class ResultCache {
  private kept?: LRUCache<string, Kept>;
  private readonly running = new Map<string, Running>();
  /** Requests whose last result was for everybody, so that those of several principals may be joined. */
  private readonly isPublic = new LRUCache<string, true>({ max: 10_000 });
  /** Counts the changes that servers told of: what was asked for before one may be older than it. */
  private changes = 0;
  private readonly outcomes = new Map<string, Record<CacheOutcome, number>>();

  constructor(mostBytes: number) {
    this.use(mostBytes);
  }

  /** Takes another bound over. */
  use(mostBytes: number): void {
    if (mostBytes === (this.kept?.maxSize ?? 0)) return;
    this.kept = mostBytes > 0 ? new LRUCache({ maxSize: mostBytes }) : undefined;
  }

  get on(): boolean {
    return this.kept !== undefined;
  }

  get bytes(): number {
    return this.kept?.calculatedSize ?? 0;
  }

  /** How requests were answered, by server. */
  get counts(): ReadonlyMap<string, Readonly<Record<CacheOutcome, number>>> {
    return this.outcomes;
  }

  /** One call: out of what is kept, with one like it that runs already, or by asking. */
  async call(server: string, call: Call, source: CacheSource): Promise<Reply> {
    if (!this.kept || !mayBeKept(call)) return source.ask(call);
    const everybodys = keyOf(source.generation, call);
    const own = call.principal === "anonymous" ? undefined : `${everybodys} ${call.principal}`;
    const kept = this.find(everybodys) ?? (own === undefined ? undefined : this.find(own));
    if (kept) {
      this.count(server, "hit");
      return Reply.of(resultOf(call.id, kept));
    }
    const joint = this.isPublic.has(everybodys) ? everybodys : own;
    const running = joint === undefined ? undefined : this.running.get(joint);
    if (running) {
      const reply = await this.join(running, joint === own);
      if (reply) {
        this.count(server, "coalesced");
        return Reply.of({ ...reply.response, id: call.id }, reply.status);
      }
    }
    this.count(server, "miss");
    return this.ask(call, source, everybodys, own, joint);
  }

  /** Forgets what a server's notification says is no more. */
  heard(generation: string, { method, params }: RpcNotification): void {
    const kind = /^notifications\/(tools|prompts|resources)\/(list_changed|updated)$/.exec(method);
    if (!this.kept || !kind) return;
    this.changes += 1;
    for (const [key, entry] of this.kept.entries()) {
      if (!key.startsWith(`${generation} `) || !entry.method.startsWith(`${kind[1]}/`)) continue;
      const changed = kind[2] === "updated" ? entry.uri === params?.uri : lists.has(entry.method);
      if (changed) this.kept.delete(key);
    }
  }

  private find(key: string): Params | undefined {
    const found = this.kept?.get(key);
    // What is left of its time, as clients count from when they get it.
    return found && { ...found.result, ttlMs: Math.floor(this.kept!.getRemainingTTL(key)) };
  }

  /** The reply of another request like it, where that may be shared. */
  private async join({ reply, givenUp }: Running, sameOwner: boolean): Promise<Reply | undefined> {
    try {
      const { status, response } = await reply.then((given) => ({
        status: given.status,
        response: given.response,
      }));
      const shared = sameOwner || response.result?.cacheScope === "public";
      return shared && response.result?.resultType !== "input_required"
        ? Reply.of(response, status)
        : undefined;
    } catch (error) {
      if (givenUp()) return undefined;
      throw error;
    }
  }

  private async ask(
    call: Call,
    source: CacheSource,
    everybodys: string,
    own: string | undefined,
    joint: string | undefined,
  ): Promise<Reply> {
    const reply = source.ask(call).then((given) => withHints(given, call, source.listTtlMs));
    if (joint !== undefined) {
      const running = { reply, givenUp: () => call.signal.aborted };
      this.running.set(joint, running);
      const done = () => {
        if (this.running.get(joint) === running) this.running.delete(joint);
      };
      reply.then(done, done);
    }
    const { changes } = this;
    const given = await reply;
    if (this.changes === changes) this.keep(call, given, everybodys, own);
    return given;
  }

  private keep({ method, params }: Call, reply: Reply, everybodys: string, own: string | undefined): void {
    // Most servers say nothing, and their replies need not be parsed.
    if (!reply.mentions('"ttlMs"')) return;
    const { result } = reply.response;
    const shared = result?.cacheScope === "public";
    if (shared) this.isPublic.set(everybodys, true);
    else this.isPublic.delete(everybodys);
    const ttl = Math.min(numberOf(result?.ttlMs), longestMs);
    const key = shared ? everybodys : own;
    if (!result || result.resultType === "input_required" || key === undefined || !(ttl >= 1)) return;
    const size = Buffer.byteLength(reply.text);
    this.kept?.set(key, { method, uri: params.uri, result }, { ttl, size });
  }

  private count(server: string, outcome: CacheOutcome): void {
    const counts = this.outcomes.get(server) ?? { hit: 0, miss: 0, coalesced: 0 };
    counts[outcome] += 1;
    this.outcomes.set(server, counts);
  }
}

/** What is asked for a second time with the client's answers depends on these, and is nobody else's. */
function mayBeKept({ method, params }: Call): boolean {
  return isCacheable(method) && params.inputResponses === undefined && params.requestState === undefined;
}

/** What of `_meta` says nothing about the result. */
const ofRequest: readonly string[] = [
  metaKey.progressToken,
  metaKey.clientInfo,
  metaKey.logLevel,
  "traceparent",
  "tracestate",
  "baggage",
];

/** Everything that a result may depend on, but for whose it is. */
function keyOf(generation: string, { method, params, headers, client, era, version }: Call): string {
  const { _meta, ...rest } = params;
  const meta = Object.entries(isObject(_meta) ? _meta : {}).filter(([key]) => !ofRequest.includes(key));
  const varying = Object.entries(headers)
    .filter(([name]) => name === "accept-language" || name.startsWith("mcp-param-"))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([method, rest, meta, varying, client.capabilities, era, version]);
  return `${generation} ${createHash("sha256").update(text).digest("base64")}`;
}

/** A reply with what its server did not say, where the configuration knows it. */
function withHints(reply: Reply, { method }: Call, listTtlMs: number): Reply {
  if (listTtlMs === 0 || !lists.has(method)) return reply;
  const { response, status } = reply;
  if (!response.result || numberOf(response.result.ttlMs) > 0) return reply;
  return Reply.of(
    { ...response, result: { ...response.result, ttlMs: listTtlMs, cacheScope: "public" } },
    status,
  );
}
