import { stringify } from "yaml";

/** The variable of the engine's containers whose value says which of them are this environment's. */
export const environmentVariable = "LOGS_ENVIRONMENT";

/** What the shipper's configuration needs to know of where it runs. */
export interface ShippingPlaces {
  /** The folder of the engine's that has a folder with log files for each container. */
  containers: string;
  /** Where it notes how far it came, and keeps what the store has not taken yet. */
  state: string;
  healthPort: number;
  metricsPort: number;
  /** Address of the log store, with its path. */
  store: string;
}

/** The labels of containers that the engine writes beside each line, and what the lines are known by in the store. */
export const lineLabels = { environment: "dev.mcp.environment", service: "dev.mcp.service" } as const;

/** What of a record that a program logged as JSON is a field of its own in the store, and the names that programs have for it. */
const recordFields = {
  level: ["level"],
  trace_id: ["trace_id"],
  message: ["message", "msg"],
} as const;

/** The fields of every line in the store, besides its time and its text, `_msg`, which is the line as it was printed. */
const lineFields = ["service", "container", "stream", ...Object.keys(recordFields)];

/**
 * The collector's configuration: reads the log files of all of the engine's containers, keeps the lines of this environment, and
 * sends them to the store. How far each file is read, and what is on its way, is on disk.
 */
export function shippingConfig(places: ShippingPlaces): string {
  return stringify({
    extensions: {
      health_check: { endpoint: `127.0.0.1:${places.healthPort}` },
      file_storage: { directory: places.state },
    },
    receivers: {
      file_log: {
        // With those that were rotated: what was written while the shipper was away may be in them.
        include: [`${places.containers}/*/*-json.log*`],
        include_file_name: false,
        include_file_path: true,
        start_at: "beginning",
        poll_interval: "1s",
        storage: "file_storage",
        retry_on_failure: { enabled: true, max_elapsed_time: "0s" },
        operators: [
          ...engineLine,
          ...wholeLine,
          ...record,
          { type: "retain", fields: lineFields.map(attribute) },
        ],
      },
    },
    exporters: {
      otlp_http: {
        logs_endpoint: `${places.store}insert/opentelemetry/v1/logs`,
        headers: {
          "VL-Stream-Fields": "service,container",
          "VL-Ignore-Fields": "severity,scope.name,scope.version",
        },
        // While the store is away the engine's own files are what waits.
        sending_queue: { storage: "file_storage", queue_size: 100, block_on_overflow: true },
        retry_on_failure: { max_elapsed_time: "0s" },
      },
    },
    service: {
      extensions: ["health_check", "file_storage"],
      pipelines: { logs: { receivers: ["file_log"], exporters: ["otlp_http"] } },
      telemetry: {
        logs: { encoding: "json", level: "warn" },
        metrics: {
          readers: [{ pull: { exporter: { prometheus: { host: "0.0.0.0", port: places.metricsPort } } } }],
        },
      },
    },
  });
}

/** What the engine's log file has around each line, and whose lines are kept. Source: Docker, "JSON File logging driver". */
const engineLine = [
  {
    type: "json_parser",
    id: "engine-line",
    parse_to: "attributes",
    timestamp: {
      parse_from: "attributes.time",
      layout_type: "gotime",
      layout: "2006-01-02T15:04:05.999999999Z07:00",
    },
    on_error: "drop_quiet", // no log file of the engine's
  },
  {
    type: "filter",
    id: "own-lines",
    expr: `attributes.attrs == nil || attributes.attrs["${lineLabels.environment}"] != env("${environmentVariable}")`,
  },
];

/** The engine parts a long line into pieces, of which only the last ends in a line's end. */
const wholeLine = [
  {
    type: "recombine",
    id: "whole-line",
    combine_field: "attributes.log",
    combine_with: "",
    is_last_entry: String.raw`attributes.log endsWith "\n"`,
  },
  { type: "add", id: "text", field: "body", value: String.raw`EXPR(trimSuffix(attributes.log, "\n"))` },
  { type: "filter", id: "blank", expr: 'trim(body) == ""' },
  take("service", `attrs["${lineLabels.service}"]`),
  take("container", "attrs.tag"),
];

/** Programs' own records; a line that is none stays text. */
const record = [
  {
    type: "json_parser",
    id: "record",
    if: 'body startsWith "{"',
    parse_to: "attributes.record",
    on_error: "send_quiet",
  },
  ...Object.entries(recordFields).flatMap(([field, names]) =>
    names.map((name) => take(field, `record.${name}`, `attributes.record?.${name} != nil`)),
  ),
];

/** Makes a part of what was read a field of the line. */
function take(field: string, part: string, condition?: string) {
  return {
    type: "move",
    id: `${field} of ${part}`,
    ...(condition ? { if: condition } : {}),
    from: attribute(part),
    to: attribute(field),
  };
}

function attribute(name: string): string {
  return `attributes.${name}`;
}
