import type { Carrier } from "./mcp-spans";

/** Source: W3C Trace Context, "traceparent Header Field Values". */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/**
 * The trace that a request belongs to, whether or not this program traces: by the `traceparent` of its `_meta`, else by that of
 * the headers it came with.
 */
export function traceIdOf({ params }: { params?: unknown }, headers: Carrier): string | undefined {
  const { _meta } = (params ?? {}) as { _meta?: Carrier | null };
  return idIn(_meta?.traceparent) ?? idIn(headers.traceparent);
}

function idIn(value: unknown): string | undefined {
  return typeof value === "string" ? traceparent.exec(value)?.[1] : undefined;
}
