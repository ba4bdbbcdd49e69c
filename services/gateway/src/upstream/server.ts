import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { ServerSettings } from "../config/schema";
import { errorCode, type Params, RpcError, type RpcNotification } from "../protocol/jsonrpc";
import type { Era } from "../protocol/versions";
import type { Call } from "./call";
import { type ServerContext, unavailable } from "./context";
import { discover, type Discovered } from "./discover";
import { Gate } from "./gate";
import { groupsOf } from "./groups";
import { LegacyServer } from "./legacy";
import { ModernServer } from "./modern";
import { Repeatable } from "./repeatable";
import type { Reply } from "./reply";
import { listTools, ownCall } from "./tool-list";

/** What a server is made of. */
export type ServerParts = Omit<ServerContext, "path" | "ended" | "repeatable">;

/** One MCP server behind the gateway, whatever it speaks and however many replicas it has. */
export class UpstreamServer {
  readonly gate: Gate;
  readonly legacy: LegacyServer;
  readonly modern: ModernServer;
  private speaks: Partial<Record<Era, boolean>>;
  readonly context: ServerContext;
  /** What is kept of the server's results is forgotten as it gets another one. */
  private generation: string = randomUUID();
  private asking?: Promise<Discovered>;
  private readonly ending = new AbortController();

  constructor({ name, settings, replicas, messageBytes, cache }: ServerParts) {
    const { calls, queue, era } = settings;
    const path = pathOf(settings);
    const repeatable = new Repeatable((found) => this.list(found));
    const ended = this.ending.signal;
    const context = { name, settings, path, replicas, messageBytes, cache, repeatable, ended };
    this.context = context;
    this.gate = new Gate(name, calls, queue);
    this.legacy = new LegacyServer(context);
    this.modern = new ModernServer(context);
    this.speaks = spokenBy(era);
  }

  /**
   * Makes ready what other settings need.
   * @returns what takes them over: connections, sessions and what is known of replicas last as long as they allow.
   */
  async prepare(settings: ServerSettings, messageBytes: number): Promise<() => void> {
    const { context } = this;
    const before = context.settings;
    const same = isDeepStrictEqual(before, settings);
    const takeReplicas = same ? undefined : await context.replicas.prepare(settings);
    return () => {
      Object.assign(context, { settings, path: pathOf(settings), messageBytes });
      takeReplicas?.();
      if (!same) this.generation = randomUUID();
      this.gate.resize(settings.calls, settings.queue);
      // Another address may be another server, which speaks something else.
      const moved = !isDeepStrictEqual(addressesIn(before), addressesIn(settings));
      if (before.era !== settings.era || (moved && settings.era === "auto"))
        this.speaks = spokenBy(settings.era);
    };
  }

  get name(): string {
    return this.context.name;
  }

  /**
   * The era to speak in with the server: the client's own where the server has it, as nothing is to be translated then.
   * @throws RpcError where the server does not say.
   */
  async eraFor(client: Era): Promise<Era> {
    const other = client === "modern" ? "legacy" : "modern";
    if (this.speaks[client]) return client;
    if (this.speaks[client] === false && this.speaks[other]) return other;
    if (client === "legacy" && this.speaks.legacy === undefined) return this.findLegacy();
    await this.discovered();
    return this.speaks[client] ? client : other;
  }

  /** What is known of the era without asking. */
  knownFor(client: Era): Era | undefined {
    return this.speaks[client] ? client : undefined;
  }

  /** Whether it is known that a modern client has to be translated for. */
  get isLegacyOnly(): boolean {
    return this.speaks.modern === false;
  }

  /** What the server says about itself, asked anew. */
  discovered(): Promise<Discovered> {
    this.asking ??= discover(this.context)
      .then((found) => {
        this.learn("modern", found.modern);
        return found;
      })
      .finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** What the server says about itself: the result of `initialize` or of `server/discover`. */
  async describe(call: Call): Promise<Params> {
    if ((await this.eraFor(call.era)) === "legacy") {
      return (await this.legacy.shared.for(call)).opened.result;
    }
    const { result } = await this.discovered();
    if (!result) throw unavailable(this.name, "it does not say what it has");
    return result;
  }

  /** Carries a call out, or answers it with what is kept. */
  call(call: Call): Promise<Reply> {
    const { context, generation } = this;
    const { listTtlMs } = context.settings;
    return context.cache.call(context.name, call, { generation, listTtlMs, ask: (asked) => this.ask(asked) });
  }

  /** Takes note of what the server tells of changes. */
  heard(notification: RpcNotification): void {
    this.context.cache.heard(this.generation, notification);
  }

  private async ask(call: Call): Promise<Reply> {
    const limited = this.limit(call);
    let leave: (() => void) | undefined;
    try {
      leave = await this.gate.enter(limited.call.signal);
      return await this.carryOut(limited.call);
    } finally {
      leave?.();
      limited.done();
    }
  }

  private async carryOut(call: Call): Promise<Reply> {
    const era = await this.eraFor(call.era);
    if (era === "legacy") return this.legacy.call(call);
    return this.modern.call(call).catch((error: unknown) => {
      // Another server may have taken its place: it is asked anew the next time.
      if (error instanceof RpcError && error.code === errorCode.serverUnavailable) this.forgetEra();
      throw error;
    });
  }

  /**
   * Asks for the server's tools, past the gate: whoever wants to know is in already. He wants to know of a call that broke off,
   * so that the server may be about to start again.
   */
  private list(found: (tools: unknown[]) => void): Promise<void> {
    const { absenceMs, listTimeoutMs } = this.context.settings;
    const call = ownCall(AbortSignal.timeout(absenceMs + listTimeoutMs));
    return listTools(call, (listing) => this.carryOut(listing), found);
  }

  /** Forgets what was found out, as the server answered otherwise. */
  forgetEra(): void {
    if (this.context.settings.era === "auto") this.speaks = {};
  }

  /** Lets the calls that run come to their end, and closes. */
  async retire(): Promise<void> {
    this.ending.abort(unavailable(this.name, "it was taken away"));
    await this.gate.empty();
    await this.close();
  }

  async close(): Promise<void> {
    await this.legacy.close();
    await this.context.replicas.close();
  }

  /** A server is asked to open a session to learn whether it has any. */
  private async findLegacy(): Promise<Era> {
    const opened = await this.legacy.canOpen();
    this.learn("legacy", opened);
    if (!opened) this.learn("modern", true);
    return opened ? "legacy" : "modern";
  }

  private learn(era: Era, has: boolean): void {
    if (this.context.settings.era !== "auto") return;
    this.speaks[era] = has;
    // It has to speak something.
    if (!has && era === "modern") this.speaks.legacy = true;
  }

  private limit(call: Call): { call: Call; done: () => void } {
    const { callTimeoutMs } = this.context.settings;
    const control = new AbortController();
    const late = () => {
      const text = `${this.name} did not answer within ${callTimeoutMs} ms`;
      control.abort(new RpcError(errorCode.serverTimeout, text, 504, { server: this.name }));
    };
    const timer = setTimeout(late, callTimeoutMs).unref();
    const gone = () => control.abort(call.signal.reason);
    if (call.signal.aborted) gone();
    else call.signal.addEventListener("abort", gone, { once: true });
    return {
      call: { ...call, signal: control.signal },
      done: () => {
        clearTimeout(timer);
        call.signal.removeEventListener("abort", gone);
      },
    };
  }
}

function spokenBy(era: ServerSettings["era"]): Partial<Record<Era, boolean>> {
  return era === "auto" ? {} : { modern: era === "modern", legacy: era === "legacy" };
}

/** The path of a server's endpoint; all of its groups have the same. */
function pathOf(settings: ServerSettings): string {
  const pathname = new URL(addressesIn(settings)[0]!).pathname;
  return pathname === "/" ? "/mcp" : pathname;
}

function addressesIn(settings: ServerSettings): string[] {
  return groupsOf(settings).map(([, { url }]) => url);
}
