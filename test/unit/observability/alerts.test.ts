import { parse } from "yaml";
import { clusterAlerts } from "../../../observability/alert-list";
import { alertmanagerConfig } from "../../../observability/alertmanager";
import { alertRules, runbookUrl } from "../../../observability/alerts";
import type { Service } from "../../../topology";
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
const rules = (parse(alertRules(tiers)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

test("each alert is there once", () => {
  const names = rules.map(({ alert }) => alert);
  expect(names).toEqual([...new Set(clusterAlerts.map(({ name }) => name))]);
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
