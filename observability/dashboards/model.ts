/** A dashboard as the project describes it, whoever shows it: see perses.ts and grafana.ts. */
export interface Dashboard {
  /** Its name in addresses: small letters, digits and dashes. */
  name: string;
  title: string;
  description: string;
  rows: Row[];
}

export interface Row {
  title: string;
  panels: Panel[];
}

export interface Panel {
  title: string;
  /** What is seen, and what to make of it. */
  description: string;
  /** `stat` shows the last value, `timeseries` lines. */
  kind: "stat" | "timeseries";
  unit: Unit;
  /** What a chart counts where its unit does not say it, for example `connections`; it stands at the vertical axis. */
  axis?: string;
  queries: Query[];
  /** Colours from a value on; below the first all is well. */
  thresholds?: Threshold[];
  /** Words that stand for values of a `stat`. */
  states?: State[];
  /** Twenty-fourths of the row; what is left out is a stat's or a chart's usual width. */
  width?: number;
  /** Lines of the grid; what is left out is a stat's or a chart's usual height. */
  height?: number;
  /** The scale's upper end, for what cannot be more. */
  max?: number;
  stacked?: boolean;
}

export interface Query {
  /** PromQL; `$__rate_interval` is a time that holds enough samples for a rate at the zoom that is looked at. */
  expr: string;
  /** A line's name, with labels as `{{label}}`. */
  legend: string;
}

/**
 * `ratio` is shown in percent, `cores` as a number of them. Rates are named by what they count, as both viewers know them; `ops/s`
 * is for statements and transactions.
 */
export type Unit =
  | "count"
  | "ratio"
  | "bytes"
  | "bytes/s"
  | "seconds"
  | "requests/s"
  | "ops/s"
  | "rows/s"
  | "events/s"
  | "cores";

export interface Threshold {
  from: number;
  level: Level;
}

export type Level = "warning" | "critical";

export interface State {
  value: number;
  text: string;
  level: "fine" | Level;
}

/** How often dashboards ask for new values. */
export const refreshInterval = "10s";

/** The time that dashboards show at first. */
export const shownTime = "30m";
