import { parseJson, toJson } from "../../../host/json";
import { errorCode, isResponse, RpcError, type RpcResponse } from "../protocol/jsonrpc";

/** A server's answer to a call: its text as it came, parsed only when somebody looks into it. */
export class Reply {
  private constructor(
    private readonly raw: string | undefined,
    private parsed: RpcResponse | undefined,
    /** The HTTP status that it came with. */
    readonly status: number,
  ) {}

  static text(raw: string, status = 200): Reply {
    return new Reply(raw, undefined, status);
  }

  static of(response: RpcResponse, status = 200): Reply {
    return new Reply(undefined, response, status);
  }

  get text(): string {
    return this.raw ?? toJson(this.parsed);
  }

  /** @throws RpcError where the server's text is no response. */
  get response(): RpcResponse {
    return (this.parsed ??= parse(this.text));
  }

  /** Whether the text could hold these characters, without parsing it. */
  mentions(characters: string): boolean {
    return this.raw === undefined || this.raw.includes(characters);
  }
}

function parse(text: string): RpcResponse {
  try {
    const message: unknown = parseJson(text);
    if (isResponse(message)) return message;
  } catch {
    // Said below.
  }
  throw new RpcError(errorCode.internal, "The server's answer is no JSON-RPC response", 502);
}
