// Types alone: Grafana's library checks what is made here, and none of it is loaded, as every preview would wait for it.
import type * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { colours } from "./colours";
import { columns, heightOf, placePanels, type Place } from "./layout";
import { type Dashboard, type Panel, refreshInterval, shownTime, type Unit } from "./model";

/** A type of the library with its enumerations as the texts that they stand for. */
type Plain<T> = T extends string
  ? `${T}`
  : T extends (infer Element)[]
    ? Plain<Element>[]
    : T extends object
      ? { [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: Plain<T[K]> }
      : T;

export type GrafanaDashboard = Plain<grafana.Dashboard>;
type GrafanaPanel = Plain<grafana.Panel>;
type GrafanaFieldConfig = Plain<grafana.FieldConfig>;

/** The data source that all queries go to. */
export const grafanaDatasource = { type: "prometheus", uid: "prometheus" };

const units: Record<Unit, Pick<GrafanaFieldConfig, "unit" | "decimals">> = {
  count: { unit: "short", decimals: 0 },
  ratio: { unit: "percentunit", decimals: 1 },
  bytes: { unit: "bytes" },
  "bytes/s": { unit: "Bps" },
  seconds: { unit: "s" },
  "requests/s": { unit: "reqps" },
  "ops/s": { unit: "ops" },
  "rows/s": { unit: "rowsps" },
  "events/s": { unit: "eps" },
  cores: { unit: "short", decimals: 2 },
};

/** The dashboard as Grafana loads it. */
export function toGrafana(dashboard: Dashboard): GrafanaDashboard {
  return {
    uid: dashboard.name,
    title: dashboard.title,
    description: dashboard.description,
    schemaVersion: 41,
    editable: false,
    graphTooltip: 1,
    time: { from: `now-${shownTime}`, to: "now" },
    timepicker: { refresh_intervals: [refreshInterval, "30s", "1m", "5m"] },
    refresh: refreshInterval,
    templating: { list: [] },
    annotations: { list: [] },
    panels: grafanaPanels(dashboard),
  };
}

/** Rows and panels, from the top down and numbered as they come. */
function grafanaPanels({ rows }: Dashboard): GrafanaDashboard["panels"] {
  let y = 0;
  return rows
    .flatMap((row) => {
      const places = placePanels(row);
      const head = { type: "row", title: row.title, collapsed: false, panels: [] } as const;
      const gridPos = { x: 0, y, w: columns, h: 1 };
      const panels = places.map((place) => grafanaPanel(place, y + 1));
      y += 1 + heightOf(places);
      return [{ ...head, gridPos }, ...panels];
    })
    .map((panel, index) => ({ ...panel, id: index + 1 }));
}

function grafanaPanel({ panel, x, y, width, height }: Place, top: number): GrafanaPanel {
  return {
    ...(panel.kind === "stat" ? statPanel(panel) : timeSeriesPanel(panel)),
    title: panel.title,
    description: panel.description,
    datasource: grafanaDatasource,
    gridPos: { x, y: top + y, w: width, h: height },
    targets: panel.queries.map(({ expr, legend }, index): Plain<prometheus.Dataquery> => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}

function statPanel(panel: Panel): GrafanaPanel {
  const options: Plain<stat.Options> = {
    graphMode: panel.states ? "none" : "area",
    colorMode: "value",
    justifyMode: "auto",
    textMode: "auto",
    wideLayout: true,
    showPercentChange: false,
    percentChangeColorMode: "standard",
    reduceOptions: { calcs: ["lastNotNull"] },
    orientation: "auto",
  };
  return {
    type: "stat",
    options,
    fieldConfig: {
      defaults: {
        ...units[panel.unit],
        ...mappings(panel),
        ...thresholds(panel),
        color: { mode: "thresholds" },
      },
      overrides: [],
    },
  };
}

function timeSeriesPanel(panel: Panel): GrafanaPanel {
  const options: Plain<timeseries.Options> = {
    legend: { displayMode: "list", placement: "right", showLegend: true, calcs: [] },
    tooltip: { mode: "multi", sort: "desc" },
  };
  const custom: Plain<timeseries.FieldConfig> = {
    ...(panel.axis === undefined ? {} : { axisLabel: panel.axis }),
    drawStyle: "line",
    lineWidth: 1,
    fillOpacity: panel.stacked ? 40 : 0,
    showPoints: "never",
    stacking: { mode: panel.stacked ? "normal" : "none" },
    thresholdsStyle: { mode: panel.thresholds ? "line" : "off" },
  };
  return {
    type: "timeseries",
    options,
    fieldConfig: {
      defaults: {
        // An axis chooses its own decimals.
        unit: units[panel.unit].unit,
        ...thresholds(panel),
        min: 0,
        ...(panel.max === undefined ? {} : { max: panel.max }),
        color: { mode: "palette-classic" },
        custom,
      },
      overrides: [],
    },
  };
}

function thresholds({ thresholds = [] }: Panel): Pick<GrafanaFieldConfig, "thresholds"> {
  const steps = thresholds.map(({ from, level }) => ({ value: from, color: colours[level] }));
  return { thresholds: { mode: "absolute", steps: [{ value: null, color: colours.fine }, ...steps] } };
}

function mappings({ states }: Panel): Pick<GrafanaFieldConfig, "mappings"> {
  if (!states) return {};
  const words = states.map(
    ({ value, text, level }) => [String(value), { text, color: colours[level] }] as const,
  );
  return { mappings: [{ type: "value", options: Object.fromEntries(words) }] };
}
