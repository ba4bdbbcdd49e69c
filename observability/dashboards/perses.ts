import { colours } from "./colours";
import { placePanels } from "./layout";
import { type Dashboard, type Panel, refreshInterval, shownTime, type Unit } from "./model";

/** Something that Perses loads from a file. Its plugins' own schemas check what is in it; see images/perses. */
export interface PersesResource {
  kind: "Project" | "GlobalDatasource" | "Dashboard";
  metadata: { name: string; project?: string };
  spec: Record<string, unknown>;
}

/** The project that holds all dashboards. */
export const persesProject = "cluster";

const formats: Record<Unit, Record<string, unknown>> = {
  count: { unit: "decimal", decimalPlaces: 0 },
  ratio: { unit: "percent-decimal", decimalPlaces: 1 },
  bytes: { unit: "bytes", shortValues: true },
  "bytes/s": { unit: "bytes/sec", shortValues: true },
  seconds: { unit: "seconds" },
  "requests/s": { unit: "requests/sec", shortValues: true },
  "ops/s": { unit: "ops/sec", shortValues: true },
  "rows/s": { unit: "rows/sec", shortValues: true },
  "events/s": { unit: "events/sec", shortValues: true },
  cores: { unit: "decimal", decimalPlaces: 2 },
};

/** The dashboard as Perses loads it. */
export function toPerses(dashboard: Dashboard): PersesResource {
  const rows = dashboard.rows.map((row, index) => ({
    row,
    places: placePanels(row).map((place, position) => ({ ...place, key: `row${index}-panel${position}` })),
  }));
  return {
    kind: "Dashboard",
    metadata: { name: dashboard.name, project: persesProject },
    spec: {
      display: { name: dashboard.title, description: dashboard.description },
      duration: shownTime,
      refreshInterval,
      panels: Object.fromEntries(
        rows.flatMap(({ places }) => places.map(({ key, panel }) => [key, persesPanel(panel)])),
      ),
      layouts: rows.map(({ row, places }) => ({
        kind: "Grid",
        spec: {
          display: { title: row.title, collapse: { open: true } },
          items: places.map(({ key, x, y, width, height }) => ({
            ...{ x, y, width, height },
            content: { $ref: `#/spec/panels/${key}` },
          })),
        },
      })),
    },
  };
}

/** The project, and Prometheus as where all queries go: through Perses, which lets none but queries through. */
export function persesFoundation(prometheusUrl: string, scrapeInterval: string): PersesResource[] {
  const queries = ["query", "query_range", "series", "labels", "metadata", "label/([a-zA-Z0-9_-]+)/values"];
  const allowedEndpoints = queries.flatMap((name) =>
    ["GET", "POST"].map((method) => ({ endpointPattern: `/api/v1/${name}`, method })),
  );
  const proxy = { kind: "HTTPProxy", spec: { url: prometheusUrl, allowedEndpoints } };
  return [
    { kind: "Project", metadata: { name: persesProject }, spec: { display: { name: "Cluster" } } },
    {
      kind: "GlobalDatasource",
      metadata: { name: "prometheus" },
      spec: { default: true, plugin: { kind: "PrometheusDatasource", spec: { proxy, scrapeInterval } } },
    },
  ];
}

function persesPanel(panel: Panel) {
  return {
    kind: "Panel",
    spec: {
      display: { name: panel.title, description: panel.description },
      plugin: panel.kind === "stat" ? statChart(panel) : timeSeriesChart(panel),
      queries: panel.queries.map(({ expr, legend }) => ({
        kind: "TimeSeriesQuery",
        spec: {
          plugin: { kind: "PrometheusTimeSeriesQuery", spec: { query: expr, seriesNameFormat: legend } },
        },
      })),
    },
  };
}

function statChart({ unit, states, ...panel }: Panel) {
  const mappings = states?.map(({ value, text, level }) => ({
    kind: "Value",
    spec: { value: String(value), result: { value: text, color: colours[level] } },
  }));
  return {
    kind: "StatChart",
    spec: {
      calculation: "last-number",
      format: formats[unit],
      ...thresholds(panel),
      ...(mappings ? { mappings } : { sparkline: {} }),
    },
  };
}

function timeSeriesChart({ unit, axis, max, stacked, ...panel }: Panel) {
  return {
    kind: "TimeSeriesChart",
    spec: {
      legend: { position: "right", mode: "list", size: "small" },
      yAxis: {
        format: axisFormat(unit),
        min: 0,
        ...(max === undefined ? {} : { max }),
        // A label is shown on an axis that is said to be shown, and on no other.
        ...(axis === undefined ? {} : { show: true, label: axis }),
      },
      visual: { lineWidth: 1.5, areaOpacity: stacked ? 0.4 : 0, ...(stacked ? { stack: "all" } : {}) },
      ...thresholds(panel),
    },
  };
}

/** An axis chooses its own decimals: few events would otherwise be rounded to the same number at every line. */
function axisFormat(unit: Unit) {
  const { decimalPlaces: _decimalPlaces, ...format } = formats[unit];
  return format;
}

function thresholds({ thresholds }: Pick<Panel, "thresholds">) {
  if (!thresholds) return {};
  const steps = thresholds.map(({ from, level }) => ({ value: from, color: colours[level] }));
  return { thresholds: { mode: "absolute", defaultColor: colours.fine, steps } };
}
