import {
  type JSONRPCMessage,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  type Transport,
} from "@modelcontextprotocol/server";
import { digitsOf, isExact } from "./json";
import { onConnect } from "./observe";
import type { Service } from "./program";

/** A number in a call's arguments that the tool would get as another one. */
interface Changed {
  /** Where it is, for example `parameters[0]`. */
  path: string;
  digits: string;
}

/** So many are named. */
const mostNamed = 3;

/** A service whose tools get numbers as they were sent; one that passes messages on has to be left as it is. */
export function withExactArguments(service: Service): Service {
  if (service.passesNumbers) return service;
  const { createServer, sessions } = service;
  return {
    ...service,
    createServer: async (context) => {
      const product = await createServer(context);
      onConnect(product, exactArguments);
      return product;
    },
    ...(sessions
      ? {
          sessions: {
            ...sessions,
            open: async (capabilities, client) => {
              const session = await sessions.open(capabilities, client);
              onConnect(session.server, exactArguments);
              return session;
            },
          },
        }
      : {}),
  };
}

/**
 * Has a server's tools get numbers as they were sent, from when its transport is started: a call whose arguments have one that
 * JavaScript can't hold is refused with how to send it, before the tool sees it. Ids and progress tokens come back as they came.
 */
function exactArguments(transport: Transport): void {
  const start = transport.start.bind(transport);
  transport.start = () => {
    const { onmessage } = transport;
    transport.onmessage = (message, extra) => {
      const changed: Changed[] = [];
      const asked = isCall(message) ? withNumbers(message, changed) : message;
      if (changed.length === 0) return onmessage?.(asked, extra);
      const { id, params } = message as JSONRPCRequest;
      const text = `Invalid arguments for tool ${String(params?.name)}: ${refusalOf(changed)}`;
      // Results of the later era say that they are whole.
      const whole =
        params?._meta?.[PROTOCOL_VERSION_META_KEY] === undefined ? {} : { resultType: "complete" };
      const result = { content: [{ type: "text", text }], isError: true, ...whole };
      void transport.send({ jsonrpc: "2.0", id, result }).catch(() => undefined);
    };
    return start();
  };
}

function isCall(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message && message.method === "tools/call";
}

/** A call whose arguments have numbers where numbers were sent; those that would be others are told of. */
function withNumbers(call: JSONRPCRequest, changed: Changed[]): JSONRPCRequest {
  const { params } = call;
  if (params?.arguments === undefined) return call;
  return { ...call, params: { ...params, arguments: numbersIn(params.arguments, "", changed) } };
}

function numbersIn(value: unknown, path: string, changed: Changed[]): unknown {
  const digits = digitsOf(value);
  if (digits !== undefined) {
    if (!isExact(digits)) changed.push({ path, digits });
    return Number(digits);
  }
  if (Array.isArray(value)) return value.map((item, at) => numbersIn(item, `${path}[${at}]`, changed));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      numbersIn(item, path === "" ? key : `${path}.${key}`, changed),
    ]),
  );
}

function refusalOf(changed: readonly Changed[]): string {
  const named = changed.slice(0, mostNamed).map(({ path, digits }) => {
    const value = Number(digits);
    const as = Number.isFinite(value) ? `would get to the tool as ${value}` : "is more than a number can be";
    return `${path} is ${digits}, which ${as}`;
  });
  const more = changed.length > mostNamed ? `, and ${changed.length - mostNamed} more` : "";
  const [{ digits = "" } = {}] = changed;
  return (
    `${named.join("; ")}${more}. Send it as text, "${digits}", where the tool takes text; ` +
    "a number may be a whole one up to 9007199254740991 or have 15 digits"
  );
}
