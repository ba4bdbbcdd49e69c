import { createHash, randomUUID } from "node:crypto";
import type { InForce } from "../config/configuration";
import type { HttpAnswer } from "../http/answer";
import { toJson } from "../../../host/json";
import { errorCode, type Id, isObject, type Params, resultOf, RpcError } from "../protocol/jsonrpc";
import type { Seal } from "../session/seal";
import type { Question } from "../upstream/call";
import type { Reply } from "../upstream/reply";
import { GivenUp } from "../upstream/given-up";

/** What a client brings back with its answers, sealed. */
interface InputState {
  held: string;
  /** The process that it runs in. */
  owner: string;
  /** Whose call it is, and which; another one can't be answered with it. */
  principal: string;
  digest: string;
}

interface Waiting extends Question {
  resolve: (result: Params) => void;
  reject: (error: Error) => void;
}

/** How a call is told from another one that its client might mix up with it. */
export function digestOf(method: string, params: Params): string {
  return createHash("sha256")
    .update(JSON.stringify([method, params.name, params.uri, params.arguments]))
    .digest("base64url");
}

/** The calls of modern clients that a server has asked something in, and that wait for their client to come back. */
export class HeldCalls {
  private readonly held = new Map<string, HeldCall>();

  constructor(
    private readonly seal: Seal,
    private readonly inForce: InForce,
    private readonly self: string,
  ) {}

  get count(): number {
    return this.held.size;
  }

  /** The process that runs the call which a client comes back to; undefined where the state is a server's own. */
  ownerOf(state: unknown): string | undefined {
    return this.opened(state)?.owner;
  }

  /** The call that a client comes back to; undefined where the state is a server's own. */
  find(state: unknown, principal: string, digest: string): HeldCall | undefined {
    const opened = this.opened(state);
    if (!opened) return undefined;
    const call = this.held.get(opened.held);
    if (call && opened.principal === principal && opened.digest === digest) return call;
    throw new RpcError(errorCode.invalidParams, "The call that this answers has ended; call it anew");
  }

  /** Keeps a call until its client comes back; then it is given up. */
  hold(call: HeldCall, principal: string, digest: string): string {
    const { id } = call;
    this.held.set(id, call);
    call.expireAfter(this.inForce.settings.inputSeconds * 1000, () => this.held.delete(id));
    return this.seal.seal("input", { held: id, owner: this.self, principal, digest } satisfies InputState);
  }

  /** Gives all of them up, as the gateway stops. */
  close(): void {
    this.held.forEach((call) => call.control.abort(new GivenUp("the gateway stops")));
    this.held.clear();
  }

  release(call: HeldCall): void {
    this.held.delete(call.id);
  }

  private opened(state: unknown): InputState | undefined {
    return typeof state === "string" ? (this.seal.open("input", state) as InputState | undefined) : undefined;
  }
}

/**
 * A call that may outlive the HTTP request that it came with: when its server asks for something, the client gets that
 * as the request's result, and the call goes on when the client comes back with the answer.
 */
export class HeldCall {
  readonly id = randomUUID();
  /** Ends the call. */
  readonly control = new AbortController();
  private readonly waiting = new Map<string, Waiting>();
  private answer?: HttpAnswer;
  private asked = 0;
  private wake?: () => void;
  private reply?: Promise<Reply>;
  private expiry?: NodeJS.Timeout;

  /** Begins the call. */
  start(run: () => Promise<Reply>): void {
    this.reply = run();
    this.reply.catch(() => undefined);
  }

  notify(text: string): void {
    // While nobody listens, nobody is told.
    this.answer?.message(text);
  }

  ask(question: Question): Promise<Params> {
    return new Promise((resolve, reject) => {
      this.waiting.set(`input-${(this.asked += 1)}`, { ...question, resolve, reject });
      this.wake?.();
    });
  }

  /** Hands over what the client brings back. What it leaves out is asked again. */
  take(inputResponses: unknown): void {
    clearTimeout(this.expiry);
    for (const [key, result] of Object.entries(isObject(inputResponses) ? inputResponses : {})) {
      if (isObject(result)) this.waiting.get(key)?.resolve(result);
      this.waiting.delete(key);
    }
  }

  /**
   * Serves one HTTP request of the call: until its reply, or the next question.
   * @param hold keeps the call and gives the state that the client brings back.
   * @returns the reply; undefined where the client was asked.
   */
  async serve(answer: HttpAnswer, id: Id, hold: () => string): Promise<Reply | undefined> {
    this.answer = answer;
    try {
      const asked = new Promise<undefined>((resolve) => {
        // Questions that come together are asked together.
        this.wake = () => setImmediate(resolve, undefined);
        if (this.waiting.size > 0) this.wake();
      });
      const reply = await Promise.race([this.reply!, asked]);
      if (reply) return reply;
    } finally {
      this.answer = undefined;
      this.wake = undefined;
    }
    const inputRequests = Object.fromEntries(
      [...this.waiting].map(([key, { method, params }]) => [key, { method, ...(params ? { params } : {}) }]),
    );
    const result = { resultType: "input_required", inputRequests, requestState: hold() };
    answer.end(toJson(resultOf(id, result)));
    return undefined;
  }

  expireAfter(milliseconds: number, expired: () => void): void {
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => {
      expired();
      const error = new RpcError(errorCode.internal, "The client did not answer in time");
      this.waiting.forEach((waiting) => waiting.reject(error));
      this.control.abort(error);
    }, milliseconds);
    this.expiry.unref();
  }
}
