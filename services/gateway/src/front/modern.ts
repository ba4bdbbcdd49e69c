import { onceClosed } from "../../../host/closed";
import type { InForce } from "../config/configuration";
import { HttpAnswer } from "../http/answer";
import type { Ingress } from "../http/request";
import { ownerOfClient } from "../peers/affinity";
import { gone } from "../peers/elsewhere";
import type { Members } from "../peers/members";
import { errorCode, RpcError, type RpcRequest } from "../protocol/jsonrpc";
import { isKnown, route } from "../routing/route";
import type { Question } from "../upstream/call";
import { Reply } from "../upstream/reply";
import { digestOf, HeldCall, type HeldCalls } from "./held-call";
import { clientOf, modernCall } from "./modern-call";
import { checkModern } from "./modern-request";
import type { Subscriptions } from "./subscriptions";
import { GivenUp } from "../upstream/given-up";

/** What the modern front needs. */
export interface ModernParts {
  held: HeldCalls;
  subscriptions: Subscriptions;
  inForce: InForce;
  members: Members;
}

/** Methods that the modern era has given up. A legacy server behind it would still take them. */
const onlyLegacy = new Set([
  "initialize",
  "logging/setLevel",
  "ping",
  "resources/subscribe",
  "resources/unsubscribe",
]);

/** Serves clients of the modern era: every request stands alone. */
export class ModernFront {
  constructor(private readonly parts: ModernParts) {}

  /** Serves one POST whose body is this message. */
  async serve(ingress: Ingress, message: unknown): Promise<void> {
    const { request, response, view } = ingress;
    const rpc = checkModern(request, message);
    if (!rpc) {
      response.writeHead(202).end();
      return;
    }
    if (await this.servedElsewhere(ingress, rpc)) return;
    if (rpc.method === "subscriptions/listen") return this.parts.subscriptions.serve(ingress, rpc);
    if (onlyLegacy.has(rpc.method) || (view.scope === undefined && !isKnown(rpc.method))) {
      throw new RpcError(errorCode.methodNotFound, `Method not found: ${rpc.method}`, 404);
    }
    const answer = new HttpAnswer(response, this.parts.inForce.settings);
    const reply = await this.call(ingress, rpc, answer);
    // A reply is the client's own only where no server gave it the status of a transport.
    if (!reply) return;
    const status = statusOf(reply);
    if (status === busy) answer.headers["retry-after"] = "1";
    answer.end(reply.text, status);
  }

  /** A call that waits for its client goes on where it waits; a server's session is in one process. */
  private async servedElsewhere(ingress: Ingress, rpc: RpcRequest): Promise<boolean> {
    const { held, members } = this.parts;
    const { elsewhere, view, principal } = ingress;
    const holder = held.ownerOf(rpc.params?.requestState);
    if (holder === members.self || elsewhere.passedOn) return false;
    if (holder !== undefined) {
      if (await elsewhere.serve(holder, rpc)) return true;
      throw gone();
    }
    const owner = await ownerOfClient(members, view, rpc, { principal, client: clientOf(rpc) });
    return owner !== undefined && elsewhere.serve(owner, rpc);
  }

  private async call(ingress: Ingress, rpc: RpcRequest, answer: HttpAnswer): Promise<Reply | undefined> {
    const { held } = this.parts;
    const { response, view, principal } = ingress;
    const { requestState, inputResponses, ...params } = rpc.params ?? {};
    const digest = () => digestOf(rpc.method, params);
    const resumed = requestState === undefined ? undefined : held.find(requestState, principal, digest());
    const running = resumed ?? new HeldCall();
    if (resumed) resumed.take(inputResponses);
    else {
      const ways = {
        signal: running.control.signal,
        notify: (text: string) => running.notify(text),
        ask: (question: Question) => running.ask(question),
      };
      running.start(() => route(view, modernCall(ingress, rpc, ways)));
    }
    let waits = false;
    onceClosed(response, () => {
      if (!response.writableFinished && !waits) running.control.abort(new GivenUp("the client has gone"));
    });
    const reply = await running.serve(answer, rpc.id, () => {
      waits = true;
      return held.hold(running, principal, digest());
    });
    if (reply) held.release(running);
    // The client came back with a request that has an id of its own.
    return reply && resumed ? Reply.of({ ...reply.response, id: rpc.id }, reply.status) : reply;
  }
}

/** A server that is busy says so to its caller, and not that it is broken. */
const busy = 503;

function statusOf({ status }: Reply): number {
  return (status >= 200 && status < 500) || status === busy ? status : 200;
}
