import { type Span, trace, type Tracer } from "@opentelemetry/api";
import { EnvironmentError } from "./environment";
import type { Logger } from "./log";

/** The program that is traced, as its spans name it unless `OTEL_SERVICE_NAME` does. */
export interface TracedService {
  name: string;
  version: string;
}

let tracer: Tracer | undefined;

/** What makes spans; undefined while tracing is off, which is what it costs then. */
export function currentTracer(): Tracer | undefined {
  return tracer;
}

/**
 * Starts tracing where OpenTelemetry's own environment variables ask for it: `OTEL_EXPORTER_OTLP_ENDPOINT`, or the one for
 * traces alone. Spans go out over OTLP/gRPC; samplers, limits, headers, certificates and resources are what the other
 * standard variables say.
 * @returns what sends the spans that wait still, and ends tracing.
 * @throws EnvironmentError where a variable asks for what there is not.
 */
export async function startTracing(
  environment: NodeJS.ProcessEnv,
  service: TracedService,
  log: Logger,
): Promise<() => Promise<void>> {
  if (!isWanted(environment)) return async () => undefined;
  // Loaded only now: a megabyte that nobody pays for who does not trace.
  const { startSdk } = await import("./tracing-sdk");
  const sdk = startSdk(service, log);
  tracer = sdk.tracer;
  return async () => {
    tracer = undefined;
    await sdk.stop();
  };
}

/** The ids that tie a log line to a span, for the one that is active where none is given; none without. */
export function traceIds(span: Span | undefined = trace.getActiveSpan()): Record<string, string> {
  if (!span) return {};
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

function isWanted(environment: NodeJS.ProcessEnv): boolean {
  const {
    OTEL_SDK_DISABLED: disabled,
    OTEL_TRACES_EXPORTER: exporter,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesEndpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: tracesProtocol,
  } = environment;
  if (disabled?.toLowerCase() === "true" || exporter === "none") return false;
  if (!endpoint && !tracesEndpoint && exporter !== "otlp") return false;
  const problems: string[] = [];
  if (exporter && exporter !== "otlp") {
    problems.push(`OTEL_TRACES_EXPORTER: "${exporter}" is not known here; set "otlp" or "none"`);
  }
  const asked = tracesProtocol || protocol;
  if (asked && asked !== "grpc") {
    const name = tracesProtocol ? "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" : "OTEL_EXPORTER_OTLP_PROTOCOL";
    problems.push(`${name}: "${asked}" is not known here; set "grpc", and the collector's gRPC port`);
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return true;
}
