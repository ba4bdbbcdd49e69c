import { randomUUID } from "node:crypto";
import type { InForce } from "../config/configuration";
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

  constructor(private readonly inForce: InForce) {}

  /** Asks a client on the stream of its call; the answer comes with a request of its own. */
  ask(
    session: string,
    question: Question,
    send: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Params> {
    const id = randomUUID();
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
      send(JSON.stringify({ jsonrpc: "2.0", id, ...question }));
    }).finally(() => {
      this.open.get(id)?.done();
      this.open.delete(id);
    });
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
