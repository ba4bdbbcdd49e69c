import { parse } from "yaml";
import { clusterAlerts } from "../../../observability/alert-list";
import { alertmanagerConfig } from "../../../observability/alertmanager";
import { alertRules, runbookUrl } from "../../../observability/alerts";
import type { Service, Tier } from "../../../topology";
import { topology } from "./topology";

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

interface Alertmanager {
  route: { receiver: string };
  inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal?: string[] }[];
  receivers: { name: string; webhook_configs?: { url: string; send_resolved: boolean }[] }[];
}

const { tiers } = topology();
const all = tiers.flatMap(({ services }) => services);
const rules = rulesOf(tiers);

function rulesOf(stack: readonly Tier[]): Rule[] {
  return (parse(alertRules(stack)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
}

/** Who gives the series that rules are about, by how their names begin. */
const exporters = [
  ["mcp_container_", "watchdog"],
  ["mcp_drift_", "node-exporter"],
  ["container_memory_", "cadvisor"],
  ["node_", "node-exporter"],
  ["pg_", "postgres-exporter"],
  ["mysql_", "mysql-exporter"],
  ["otelcol_", "log-shipper"],
] as const;

const exportersOf = (expr: string) =>
  (expr.match(/\b[a-z]\w+/g) ?? []).flatMap((word) =>
    exporters.filter(([prefix]) => word.startsWith(prefix)).map(([, exporter]) => exporter),
  );

const tekup = (values: Record<string, string> = {}) => topology({ "mcp:system": "tekup", ...values }).tiers;

test.each([
  ["the devcontainer cluster", tiers],
  ["a TekUp stack", tekup()],
  ["a TekUp stack that keeps no logs", tekup({ "mcp:logs": '{"retentionDays": 0}' })],
])("%s has each rule whose series somebody there gives, once, and no others", (_what, stack) => {
  const names: string[] = stack.flatMap(({ services }) => services).map(({ name }) => name);
  const given = clusterAlerts.filter(({ expr }) =>
    exportersOf(typeof expr === "string" ? expr : expr(stack)).every((exporter) => names.includes(exporter)),
  );
  expect(given.length).toBeGreaterThan(10);
  expect(rulesOf(stack).map(({ alert }) => alert)).toEqual(given.map(({ name }) => name));
});

test.each(rules)(
  "$alert says whom it is about, and names a command of the project's or the engine's",
  (rule) => {
    expect(`${rule.annotations.summary} ${rule.annotations.description}`).toMatch(/{{ \$labels\.\w+ }}/);
    expect(rule.annotations.description).toMatch(/`(npm run \w+|docker system df)/);
  },
);

test.each([
  ["ContainerDown", "docs/runbook.md#containerdown"],
  ["McpErrorRate", "docs/runbook.md#mcperrorrate"],
])("%s leads to its entry in the runbook", (name, url) => {
  expect(runbookUrl({ name })).toBe(url);
  expect(rules.find(({ alert }) => alert === name)?.annotations.runbook_url).toBe(url);
});

test("no service of the stack can be missing without an alert", () => {
  const { expr = "" } = rules.find(({ alert }) => alert === "ContainerMissing") ?? {};
  const watched = [...expr.matchAll(/absent\(mcp_container_info\{service="([^"]+)"\}\)/g)].map(
    ([, name]) => name,
  );
  expect(watched).toEqual(all.map(({ name }) => name));
});

describe("Alertmanager", () => {
  const configOf = (services: Service[], webhookFile?: string) =>
    parse(alertmanagerConfig(services, webhookFile)) as Alertmanager;

  test("tells nobody unless a setting names somebody", () => {
    const { route, receivers } = configOf(all);
    expect(receivers).toEqual([{ name: route.receiver }]);
  });

  test("tells the webhook of alerts that come and go, and reads its address from a file", () => {
    const { route, receivers } = configOf(all, "/somewhere/url");
    const webhook = { url_file: "/somewhere/url", send_resolved: true };
    expect(receivers).toEqual([{ name: route.receiver, webhook_configs: [webhook] }]);
  });

  test("of a database that is down and the services in front of it, tells of the database", () => {
    const rule = configOf(all).inhibit_rules.find(({ source_matchers: [, service] }) =>
      service?.includes('"postgres-db"'),
    );
    expect(rule?.source_matchers).toContain('alertname = "DatabaseDown"');
    const muted = rule?.target_matchers.find((matcher) => matcher.startsWith("service")) ?? "";
    const names = /"(.*)"/.exec(muted)?.[1]?.split("|") ?? [];
    expect(names).toEqual(expect.arrayContaining(["postgres-mcp", "python-experimental"]));
    expect(names).not.toContain("mariadb-mcp");
    // It has the databases' passwords, and its own health does not hang on them.
    expect(names).not.toContain("devcontainer");
  });

  test("never keeps back what is wrong with something else", () => {
    for (const rule of configOf(all).inhibit_rules)
      expect(rule.equal ?? rule.target_matchers.join()).toEqual(
        rule.equal ? ["service"] : expect.stringContaining("service =~"),
      );
  });
});
