import { stringify } from "yaml";
import type { Tier } from "../topology/types";
import { type Alert, clusterAlerts } from "./alert-list";

/** Where an alert's entry in the runbook is; its headings are the alerts' names. */
export function runbookUrl({ name }: Pick<Alert, "name">): string {
  return `docs/runbook.md#${name.toLowerCase()}`;
}

/** The file of rules that Prometheus works out alerts by. */
export function alertRules(tiers: readonly Tier[]): string {
  const ours = clusterAlerts.filter(({ isFor }) => isFor === undefined || isFor(tiers));
  const rules = ours.map((alert) => ({
    alert: alert.name,
    expr: typeof alert.expr === "string" ? alert.expr : alert.expr(tiers),
    ...(alert.for ? { for: alert.for } : {}),
    labels: { severity: alert.severity },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: runbookUrl(alert),
    },
  }));
  return stringify({ groups: [{ name: "cluster", rules }] }, { lineWidth: 0 });
}
