import { diag, DiagLogLevel, type Tracer } from "@opentelemetry/api";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { Logger } from "./log";
import type { TracedService } from "./tracing";
import { traceExporter } from "./tracing-exporter";

/** The longest that a stopping process waits for its last spans to be sent, in milliseconds. */
const stopWithinMs = 2000;

/** OpenTelemetry's SDK, set up by the standard environment variables. */
export interface Sdk {
  tracer: Tracer;
  /** Sends what waits still, unless the collector takes too long. */
  stop: () => Promise<void>;
}

/** Starts the SDK; it says in the log what it can't send. */
export function startSdk({ name, version }: TracedService, log: Logger): Sdk {
  const said = (problem: string) => log.warn("tracing", { problem });
  const warned = (problem: string) => {
    if (!isMeant(problem, process.env)) said(problem);
  };
  diag.setLogger(
    { error: said, warn: warned, info: () => undefined, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const own = resourceFromAttributes({ "service.name": name, "service.version": version });
  // What the environment says goes before.
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }));
  const provider = new NodeTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(traceExporter(process.env))],
  });
  provider.register();
  return {
    tracer: provider.getTracer(name, version),
    stop: async () => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, stopWithinMs)));
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** Whether the SDK warns that only an authority is named: a collector may ask nobody who he is. */
function isMeant(problem: string, environment: NodeJS.ProcessEnv): boolean {
  if (!problem.startsWith("Client key and certificate must both be provided")) return false;
  return Object.keys(environment).every((name) => !/^OTEL_EXPORTER_OTLP_(TRACES_)?CLIENT_/.test(name));
}
