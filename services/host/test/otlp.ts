import { Server, ServerCredentials } from "@grpc/grpc-js";
import protobuf from "protobufjs";

/** A span as the collector got it. */
export interface ReceivedSpan {
  service: string;
  name: string;
  kind: string;
  traceId: string;
  spanId: string;
  /** Empty where the span is the first of its trace. */
  parentId: string;
  attributes: Record<string, string | number | boolean>;
  links: string[];
  status: { code: string; message: string };
}

/** A collector of the OpenTelemetry protocol over gRPC, as far as traces go. */
export interface Collector {
  url: string;
  spans: ReceivedSpan[];
  close: () => Promise<void>;
}

/** The messages of the protocol's trace service, without what no test looks at. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; Kind kind = 6;
    repeated KeyValue attributes = 9; repeated Link links = 13; Status status = 15;
  }
  enum Kind { UNSPECIFIED = 0; INTERNAL = 1; SERVER = 2; CLIENT = 3; PRODUCER = 4; CONSUMER = 5; }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Status { string message = 2; Code code = 3; }
  enum Code { UNSET = 0; OK = 1; ERROR = 2; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }
`);

interface KeyValue {
  key: string;
  value: Record<string, string | number | boolean>;
}

interface RawSpan extends Omit<ReceivedSpan, "service" | "attributes" | "links" | "parentId" | "status"> {
  parentSpanId?: string;
  attributes?: KeyValue[];
  links?: { spanId: string }[];
  status?: { code?: string; message?: string };
}

interface Request {
  resourceSpans?: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: RawSpan[] }[] }[];
}

/** Starts a collector on a free port of an address of this machine; of the loopback where none is given. */
export async function startCollector(address = "127.0.0.1"): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const server = new Server();
  const definition = {
    Export: {
      path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      requestStream: false,
      responseStream: false,
      requestDeserialize: (bytes: Buffer) => {
        const type = root.lookupType("Request");
        return type.toObject(type.decode(bytes), { bytes: String, enums: String, longs: Number }) as Request;
      },
      requestSerialize: () => Buffer.alloc(0),
      // A response without anything says that all was taken.
      responseSerialize: () => Buffer.alloc(0),
      responseDeserialize: () => ({}),
    },
  } as const;
  server.addService(definition, {
    Export: (call: { request: Request }, answer: (error: null, response: object) => void) => {
      for (const { resource, scopeSpans } of call.request.resourceSpans ?? []) {
        const service = String(valuesOf(resource.attributes)["service.name"]);
        for (const { spans: sent } of scopeSpans) spans.push(...sent.map((span) => received(span, service)));
      }
      answer(null, {});
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${address}:0`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    url: `http://${address}:${port}`,
    spans,
    close: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
  };
}

function received({ name, kind, ...span }: RawSpan, service: string): ReceivedSpan {
  const { code = "UNSET", message = "" } = span.status ?? {};
  return {
    service,
    name,
    kind,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentId: hex(span.parentSpanId ?? ""),
    attributes: valuesOf(span.attributes ?? []),
    links: (span.links ?? []).map(({ spanId }) => hex(spanId)),
    status: { code, message },
  };
}

function valuesOf(attributes: KeyValue[]): ReceivedSpan["attributes"] {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? ""]));
}

function hex(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}
