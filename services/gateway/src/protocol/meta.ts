import { isObject, type Params } from "./jsonrpc";

const prefix = "io.modelcontextprotocol/";

/** The keys of `_meta` that the protocol defines. */
export const metaKey = {
  version: `${prefix}protocolVersion`,
  clientInfo: `${prefix}clientInfo`,
  clientCapabilities: `${prefix}clientCapabilities`,
  serverInfo: `${prefix}serverInfo`,
  logLevel: `${prefix}logLevel`,
  subscription: `${prefix}subscriptionId`,
  progressToken: "progressToken",
} as const;

/** Names the parts that a list or a discovery lacks, as `[{server, reason}]`. */
export const missingKey = "com.tekup.gateway/missing";

/** What a client says about itself, in either era. */
export interface ClientFacts {
  info?: Params;
  capabilities: Params;
}

/** The `_meta` of parameters or of a result. */
export function metaOf(holder: Params | undefined): Params {
  return isObject(holder?._meta) ? holder._meta : {};
}

/** The same with these entries in `_meta`; those that are undefined are taken out. */
export function withMeta<T extends Params>(holder: T | undefined, entries: Params): T & { _meta: Params } {
  const meta = { ...metaOf(holder), ...entries };
  for (const [key, value] of Object.entries(entries)) if (value === undefined) delete meta[key];
  return { ...(holder as T), _meta: meta };
}

/** The log levels, from the most to the least talkative. */
export const logLevels = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;

/** Whether a log message of a level is wanted by one that asked for `wanted`. */
export function isLogged(level: unknown, wanted: unknown): boolean {
  const least = logLevels.indexOf(wanted as (typeof logLevels)[number]);
  return least >= 0 && logLevels.indexOf(level as (typeof logLevels)[number]) >= least;
}
