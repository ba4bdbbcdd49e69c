import { randomUUID } from "node:crypto";
import type { InForce } from "../config/configuration";
import { toJson } from "../../../host/json";
import { errorCode, isObject, type Params, RpcError, type RpcResponse } from "../protocol/jsonrpc";
import type { Question } from "../upstream/call";

interface Open {
  /** Whose question it is to answer: the session's nonce. */
  session: string;
  resolve(result: Params): void;
  reject(error: Error): void;
  /** Lets go of what watches over it. */
  done(): void;
}

/** The gateway's own requests to legacy clients that are not answered yet. */
export class Questions {
  private readonly open = new Map<string, Open>();

  /** @param self the process that the answers must come to; its name is the beginning of each question's id. */
  constructor(
    private readonly inForce: InForce,
    private readonly self: string,
  ) {}

  /** Asks a client on the stream of its call; the answer comes with a request of its own. */
  ask(
    session: string,
    question: Question,
    send: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Params> {
    const id = `${this.self}.${randomUUID()}`;
    return new Promise<Params>((resolve, reject) => {
      const late = () => reject(new RpcError(errorCode.internal, "The client did not answer in time"));
      const timer = setTimeout(late, this.inForce.settings.inputSeconds * 1000).unref();
      const gone = () => reject(signal.reason as Error);
      signal.addEventListener("abort", gone, { once: true });
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", gone);
      };
      this.open.set(id, { session, resolve, reject, done });
      send(toJson({ jsonrpc: "2.0", id, ...question }));
    }).finally(() => {
      this.open.get(id)?.done();
      this.open.delete(id);
    });
  }

  /** The process that waits for a client's response; undefined where it answers a server's own question. */
  static ownerOf({ id }: RpcResponse): string | undefined {
    return typeof id === "string" ? /^([0-9a-f]{12})\.[0-9a-f-]{36}$/.exec(id)?.[1] : undefined;
  }

  /** Takes a client's response; false where the question is not one of the gateway's. */
  answer(session: string, { id, result, error }: RpcResponse): boolean {
    const open = typeof id === "string" ? this.open.get(id) : undefined;
    if (!open || open.session !== session) return false;
    if (isObject(result)) open.resolve(result);
    else open.reject(new RpcError(error?.code ?? errorCode.internal, error?.message ?? "The client refused"));
    return true;
  }
}
