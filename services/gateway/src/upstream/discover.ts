import { parseJson } from "../../../host/json";
import { isObject, isResponse, type Params } from "../protocol/jsonrpc";
import { metaKey } from "../protocol/meta";
import { eraOf, modernVersion } from "../protocol/versions";
import { version } from "../../package.json";
import { onReplica } from "./attempts";
import { asUnavailable, type ServerContext, unavailable } from "./context";
import { exchange, type WireRequest } from "./wire";

/** What `server/discover` told. */
export interface Discovered {
  /** Whether the server speaks the modern era. */
  modern: boolean;
  /** The server's result; undefined where it is not modern, or would not say. */
  result?: Params;
}

/** The gateway, as it names itself. */
export const gatewayInfo = { name: "tekup-mcp-gateway", title: "TekUp MCP gateway", version };

/** These say that the server does not want this caller, or nobody now; nothing about what it speaks. */
const saysNothing = new Set([401, 403, 407, 408, 421, 425, 429]);

const modernErrors = new Set([-32_020, -32_021, -32_022]);

/**
 * Asks a server what it is. One of the legacy era refuses the request, in whatever way.
 * @throws RpcError where the answer tells nothing.
 */
export async function discover(context: ServerContext): Promise<Discovered> {
  const { name, settings, path, messageBytes } = context;
  const body = {
    jsonrpc: "2.0",
    id: "discover",
    method: "server/discover",
    params: {
      _meta: {
        [metaKey.version]: modernVersion,
        [metaKey.clientInfo]: gatewayInfo,
        [metaKey.clientCapabilities]: {},
      },
    },
  };
  const texts: string[] = [];
  const wire: WireRequest = {
    method: "POST",
    path,
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": modernVersion,
      "mcp-method": "server/discover",
      ...settings.headers,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(settings.listTimeoutMs),
  };
  const message = (text: string) => void texts.push(text);
  const { status } = await onReplica(
    context,
    { repeatable: () => true, givenUp: () => wire.signal?.aborted === true },
    (replica) => exchange(replica, wire, { message }, messageBytes),
  ).catch((error: unknown) => {
    throw asUnavailable(name, error);
  });
  if (saysNothing.has(status) || status >= 500) {
    const said = response(texts.at(-1)).error?.message;
    const words = typeof said === "string" ? `: ${said}` : "";
    throw unavailable(name, `it answered with status ${status}${words}`);
  }
  return judge(texts.at(-1));
}

function judge(text: string | undefined): Discovered {
  const { result, error } = response(text);
  if (Array.isArray(result?.supportedVersions)) {
    return { modern: speaksModern(result.supportedVersions), result };
  }
  const code = Number(error?.code);
  if (code === -32_022 && isObject(error?.data) && Array.isArray(error.data.supported)) {
    return { modern: speaksModern(error.data.supported) };
  }
  return { modern: modernErrors.has(code) };
}

function response(text: string | undefined): { result?: Params; error?: Params } {
  try {
    const message: unknown = parseJson(text ?? "");
    if (isResponse(message)) return message as { result?: Params; error?: Params };
  } catch {
    // Not of the protocol, so not modern.
  }
  return {};
}

function speaksModern(versions: unknown[]): boolean {
  return versions.some((version) => typeof version === "string" && eraOf(version) === "modern");
}
