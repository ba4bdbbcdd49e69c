import { diag, DiagLogLevel, type Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
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
  const said = (message: string) => log.warn("tracing", { problem: message });
  diag.setLogger(
    { error: said, warn: said, info: () => undefined, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const own = resourceFromAttributes({ "service.name": name, "service.version": version });
  // What the environment says goes before.
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }));
  const provider = new NodeTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
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
