import type { Settings } from "../config/schema";
import { webProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";
import { certificateFor, hasTls, tlsFiles } from "./tls";

/** Where programs send their traces, over gRPC. */
export const otlpPort = 4317;

const path = "/jaeger/";

/** Of as many calls the traces are kept, in memory; the oldest go first. */
const mostTraces = 20_000;

const jaegerName = "jaeger";

/** Spans come over TLS; the files are looked at again and again. */
const otlpTls = [
  "--collector.otlp.grpc.tls.enabled=true",
  `--collector.otlp.grpc.tls.cert=${tlsFiles.certificate}`,
  `--collector.otlp.grpc.tls.key=${tlsFiles.key}`,
  "--collector.otlp.grpc.tls.reload-interval=1m",
];

/** Takes the traces of all programs, and finds them again. */
export function jaeger(settings: Settings): ServiceTemplate {
  return {
    name: jaegerName,
    image: "jaeger",
    place: tierPlaces.monitoring,
    offset: 79,
    user: "10001:10001",
    command: [
      `--query.base-path=${path.slice(0, -1)}`,
      `--memory.max-traces=${mostTraces}`,
      // Nothing is taken in but OTLP over gRPC.
      "--collector.otlp.enabled=true",
      `--collector.otlp.grpc.host-port=0.0.0.0:${otlpPort}`,
      ...(hasTls(settings) ? otlpTls : []),
      "--collector.otlp.http.host-port=127.0.0.1:4318",
      "--collector.http-server.host-port=127.0.0.1:14268",
      "--collector.grpc-server.host-port=127.0.0.1:14250",
      "--admin.http.host-port=0.0.0.0:14269",
    ],
    ...certificateFor(settings, "server"),
    // It would trace itself.
    environment: { SPAN_STORAGE_TYPE: "memory", OTEL_TRACES_SAMPLER: "always_off" },
    volumes: [],
    tmpfs: [{ path: "/tmp", sizeMiB: 16 }],
    port: 16686,
    goProgram: true,
    memoryMiB: 512,
    pids: 64,
    probe: webProbe(14269, "/"),
    stop: { signal: "SIGTERM", graceSeconds: 10 },
    secrets: [],
    dependsOn: [],
    databaseUsers: [],
    web: { port: 16686, path, title: "Traces" },
    metrics: { port: 14269, path: "/metrics" },
  };
}

/** The variables that have a program send its traces there. Source: OpenTelemetry's specification of its environment. */
export function tracingEnvironment(settings: Settings): Record<string, string> {
  const { traceShare: share } = settings;
  const tls = hasTls(settings);
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${tls ? "https" : "http"}://${jaegerName}:${otlpPort}`,
    ...(tls ? { OTEL_EXPORTER_OTLP_CERTIFICATE: tlsFiles.ca } : {}),
    ...(share === 1
      ? {}
      : { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: String(share) }),
  };
}
