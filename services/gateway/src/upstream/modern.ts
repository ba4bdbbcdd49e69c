import { encodeHeader, namedBy } from "../protocol/headers";
import { toJson } from "../../../host/json";
import { errorCode, isObject, type Params, RpcError } from "../protocol/jsonrpc";
import { metaKey, withMeta } from "../protocol/meta";
import { modernVersion } from "../protocol/versions";
import type { Call } from "./call";
import { onReplica } from "./attempts";
import { asUnavailable, type ServerContext, unavailable } from "./context";
import { isFinal } from "./messages";
import { learnMarks, ToolMarks } from "./param-headers";
import { Reply } from "./reply";
import { exchange, type WireRequest } from "./wire";

/** So often may a server ask for more before its call counts as going in circles. */
const mostRounds = 16;

/** Carries calls out on a server of the modern era. */
export class ModernServer {
  private readonly marks = new ToolMarks();

  constructor(private readonly context: ServerContext) {}

  /** One call; what the server wants to know of a legacy client on the way is asked for. */
  async call(call: Call): Promise<Reply> {
    if (call.era === "modern") return this.request(call, call.params);
    const params = withMeta(call.params, {
      [metaKey.version]: modernVersion,
      [metaKey.clientInfo]: call.client.info,
      [metaKey.clientCapabilities]: call.client.capabilities,
      [metaKey.logLevel]: call.logLevel,
    });
    let answers: Params = {};
    for (let round = 0; round < mostRounds; round += 1) {
      const reply = await this.mirrored(call, { ...params, ...answers });
      const wanted = wantedInput(reply);
      if (!wanted) return reply;
      answers = await this.ask(call, wanted);
    }
    throw new RpcError(
      errorCode.internal,
      `${this.context.name} asked for input ${mostRounds} times and did not come to an end`,
    );
  }

  /**
   * A legacy client's request. That a tool wants arguments repeated in headers is what a client of the modern era knows
   * from the tool's schema; here the server's refusal tells it, which comes before the tool is called.
   */
  private async mirrored(call: Call, params: Params): Promise<Reply> {
    if (call.method !== "tools/call") return this.request(call, params);
    const { principal, headers } = call;
    const again = () =>
      this.request({ ...call, headers: { ...headers, ...this.marks.headersOf(principal, params) } }, params);
    const reply = await again();
    const refused = reply.mentions(String(errorCode.headerMismatch)) ? reply.response.error : undefined;
    if (refused?.code !== errorCode.headerMismatch) return reply;
    await learnMarks(this.marks, { ...call, params }, (listing) => this.request(listing, listing.params));
    return again();
  }

  private async request(call: Call, params: Params): Promise<Reply> {
    const { context } = this;
    let final: string | undefined;
    let begun = false;
    const repeatable = () =>
      !begun && !call.signal.aborted && context.repeatable.may(call.method, call.params);
    const wire: WireRequest = {
      method: "POST",
      path: context.path,
      headers: { ...this.headers(call, params), ...context.settings.headers },
      body: toJson({ jsonrpc: "2.0", id: call.id, method: call.method, params }),
      signal: call.signal,
      span: call.span,
      repeatable,
    };
    const message = (text: string) => {
      begun = true;
      if (isFinal(text)) final = text;
      else call.notify(text);
    };
    const givenUp = () => call.signal.aborted;
    const { status } = await onReplica(context, { repeatable, givenUp }, (replica) =>
      exchange(replica, wire, { message }, context.messageBytes),
    ).catch((error: unknown) => {
      throw asUnavailable(context.name, call.signal.aborted ? call.signal.reason : error);
    });
    if (final === undefined) throw unavailable(context.name, `it gave no response, but status ${status}`);
    return Reply.text(final, status);
  }

  private headers({ headers, method, version, era }: Call, params: Params): Record<string, string> {
    const name = namedBy[method] && params[namedBy[method]];
    return {
      ...headers,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": era === "modern" ? version : modernVersion,
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": encodeHeader(name) } : {}),
    };
  }

  /** Asks the client for everything that a result wants, side by side. */
  private async ask(call: Call, { inputRequests, requestState }: Params): Promise<Params> {
    const questions = isObject(inputRequests) ? Object.entries(inputRequests) : [];
    const answers = await Promise.all(
      questions.map(async ([key, question]) => {
        if (!isObject(question) || typeof question.method !== "string") {
          throw new RpcError(errorCode.internal, `${this.context.name} asked for input without a method`);
        }
        const params = isObject(question.params) ? question.params : undefined;
        return [key, await call.ask({ method: question.method, params })] as const;
      }),
    );
    return {
      ...(questions.length > 0 ? { inputResponses: Object.fromEntries(answers) } : {}),
      ...(requestState === undefined ? {} : { requestState }),
    };
  }
}

/** The result that asks for input, if a reply is one. */
function wantedInput(reply: Reply): Params | undefined {
  if (!reply.mentions('"input_required"')) return undefined;
  const { result } = reply.response;
  return result?.resultType === "input_required" ? result : undefined;
}
