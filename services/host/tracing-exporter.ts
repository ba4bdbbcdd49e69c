import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import { watchFiles } from "./watch-files";

/** How often the files with certificates are looked at. */
const everyMs = 10_000;

/** The standard variables that name files with certificates. Source: OpenTelemetry's specification of its OTLP exporter. */
const variables = ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"].flatMap((name) => [
  `OTEL_EXPORTER_OTLP_${name}`,
  `OTEL_EXPORTER_OTLP_TRACES_${name}`,
]);

/** The SDK's own exporter over gRPC, made anew once a file of certificates has changed, as it reads those only once. */
export function traceExporter(environment: NodeJS.ProcessEnv): SpanExporter {
  let exporter = new OTLPTraceExporter();
  const files = variables.map((name) => environment[name]).filter((file) => file !== undefined);
  const stop =
    files.length === 0
      ? () => undefined
      : watchFiles(
          () => files,
          everyMs,
          () => {
            const before = exporter;
            exporter = new OTLPTraceExporter();
            void before.shutdown().catch(() => undefined);
          },
        );
  return {
    export: (spans, done) => exporter.export(spans, done),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => {
      stop();
      return exporter.shutdown();
    },
  };
}
