import { parseSettings } from "../../../config/settings";
import { dashboardsOf } from "../../../observability/dashboards";
import { grafanaFiles, persesFiles } from "../../../observability/dashboards/files";
import { toGrafana } from "../../../observability/dashboards/grafana";
import { columns, placePanels } from "../../../observability/dashboards/layout";
import type { Dashboard, Panel } from "../../../observability/dashboards/model";
import { toPerses } from "../../../observability/dashboards/perses";
import { buildTopology } from "../../../topology";
import type { Tier } from "../../../topology/types";

const tiers = tiersOf({});
const tekupTiers = tiersOf({ "mcp:system": "tekup", "mcp:tiers": "3" }, "tekup-dev");
const dashboards = dashboardsOf(tiers);
const services = [...tiers, ...tekupTiers].flatMap((tier) => tier.services);
/** Those of both systems; what watches containers is the same in both. */
const all = [
  ...dashboards,
  ...dashboardsOf(tekupTiers).filter(({ name }) => dashboards.every((other) => other.name !== name)),
];

function tiersOf(values: Record<string, string>, stack = "dev"): Tier[] {
  const given = { "mcp:system": "devcontainer", ...values };
  const settings = parseSettings({ stack, values: given, isSecret: () => true });
  return buildTopology(stack, settings, "build").tiers;
}

function panelsOf({ rows }: Dashboard): Panel[] {
  return rows.flatMap(({ panels }) => panels);
}

function duplicates(texts: readonly (string | number | undefined)[]) {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

/** What a dashboard asks, in order. */
function expressions(dashboard: Dashboard): string[] {
  return panelsOf(dashboard).flatMap(({ queries }) => queries.map(({ expr }) => expr));
}

test("there is one for the cluster, for each database, for each MCP server and for the builders", () => {
  expect(dashboards.map(({ name }) => name)).toEqual([
    "cluster",
    "postgres-db",
    "mariadb",
    "postgres-mcp",
    "mariadb-mcp",
    "python-experimental",
    "builders",
  ]);
});

test("a TekUp stack has one for the gateway and for each server behind it", () => {
  expect(dashboardsOf(tekupTiers).map(({ name }) => name)).toEqual([
    "cluster",
    "mcp-gateway",
    "mcp-browser",
    "mcp-filesystem",
    "mcp-search",
  ]);
});

test("a service that a stack does not have has none", () => {
  const withoutMariadb = tiers.map((tier) => ({
    ...tier,
    services: tier.services.filter(({ name }) => !name.includes("mariadb") && !name.includes("mysql")),
  }));
  expect(dashboardsOf(withoutMariadb).map(({ name }) => name)).not.toContain("mariadb");
  const withoutBuilders = tiers.filter(({ name }) => name !== "build-tools");
  expect(dashboardsOf(withoutBuilders).map(({ name }) => name)).not.toContain("builders");
});

test("what is stacked counts nothing twice: pages of the buffer pool that are old are data as well", () => {
  const panels = dashboards.flatMap(panelsOf).filter(({ stacked }) => stacked);
  const pages = panels
    .flatMap(({ queries }) => queries)
    .filter(({ expr }) => expr.includes("buffer_pool_pages"));
  expect(pages).toHaveLength(1);
  for (const { expr } of pages) expect(expr).toMatch(/buffer_pool_pages\{[^}]*state!="old"/);
});

test("what a chart counts is said by its unit, or at its axis where the unit is a mere number", () => {
  const charts = all.flatMap(panelsOf).filter(({ kind }) => kind === "timeseries");
  for (const { title, unit, axis } of charts)
    expect([title, axis]).toEqual([
      title,
      unit === "count" || unit === "cores" ? expect.stringMatching(/^[a-z]+$/) : undefined,
    ]);
});

test("rates are shown in what they count, and sums, shares and times never as rates", () => {
  const named: Record<string, RegExp> = {
    "bytes/s": /_bytes_total|innodb_data_|_status_bytes_/,
    "requests/s": /_duration_(seconds|milliseconds)_count|_requests_total/,
    "ops/s": /_queries|_commands_total|_xact_/,
    "rows/s": /_rows_|_handlers_total|_tup_/,
    "events/s": /_aborted_/,
  };
  for (const { title, unit, queries } of all.flatMap(panelsOf)) {
    const metric = named[unit];
    for (const { expr } of queries) {
      if (metric) expect(`${title}: ${expr}`).toMatch(metric);
      // One rate that nothing divides, and that is no quantile, is so much in a second.
      const isRate = /\brate\(/.test(expr) && !/ \/ |histogram_quantile/.test(expr);
      expect(`${title}: ${isRate && !["cores", "ratio"].includes(unit)}`).toBe(`${title}: ${!!metric}`);
    }
  }
});

test("both viewers have a unit of that name, and none is told to show bare counts in a second", () => {
  const perses = JSON.stringify(all.map(toPerses));
  const grafana = JSON.stringify(all.map(toGrafana));
  for (const [ofPerses, ofGrafana] of [
    ["requests/sec", "reqps"],
    ["ops/sec", "ops"],
    ["rows/sec", "rowsps"],
    ["events/sec", "eps"],
    ["bytes/sec", "Bps"],
  ]) {
    expect(perses).toContain(`"unit":"${ofPerses}"`);
    expect(grafana).toContain(`"unit":"${ofGrafana}"`);
  }
  expect(perses).not.toContain("counts/sec");
  expect(grafana).not.toContain('"cps"');
});

test.each([
  ["dev", tiers],
  ["tekup-dev", tekupTiers],
])("the health of every service of %s is a panel of its own, as nobody can read many in one", (_name, of) => {
  const names = of.flatMap(({ services: some }) => some.map(({ name }) => name));
  const cluster = dashboardsOf(of).find(({ name }) => name === "cluster") as Dashboard;
  const row = cluster.rows.find(({ title }) => title === "Health by service");
  expect(row?.panels.map(({ title }) => title)).toEqual(names);
  // A value for each service: in Perses their names would have an eighth of a panel's height.
  for (const { kind, queries } of all.flatMap(panelsOf))
    if (kind === "stat") expect(queries.map(({ expr }) => expr).join()).not.toMatch(/ by \((?!le\))/);
});

test("charts are high enough for a line of the legend for each service", () => {
  const heights = (name: string) =>
    dashboards
      .find((one) => one.name === name)
      ?.rows.find(({ title }) => title.startsWith("Container"))
      ?.panels.map(({ height = 7 }) => height);
  const few = heights("postgres-db") ?? [];
  expect(few).toEqual([7, 7, 7, 7]);
  for (const height of heights("cluster") ?? []) expect(height).toBeGreaterThan(7);
  expect(heights("cluster")).toHaveLength(4);
});

test("their names and titles are all different, and fit into addresses", () => {
  expect(duplicates(dashboards.map(({ name }) => name))).toEqual([]);
  expect(duplicates(dashboards.map(({ title }) => title))).toEqual([]);
  for (const { name } of dashboards) expect(name).toMatch(/^[a-z0-9-]{1,40}$/);
});

describe.each(all.map((dashboard) => [dashboard.name, dashboard] as const))("%s", (_name, dashboard) => {
  test("every panel says what it shows, and is the only one of its row to be called that", () => {
    for (const row of dashboard.rows) {
      expect(row.panels.length).toBeGreaterThan(0);
      expect(duplicates(row.panels.map(({ title }) => title))).toEqual([]);
    }
    for (const panel of panelsOf(dashboard)) {
      expect(panel.description).toMatch(/^.{10,}[.]$/);
      expect(panel.queries.length).toBeGreaterThan(0);
      expect(duplicates(panel.queries.map(({ legend }) => legend))).toEqual([]);
    }
  });

  test("it asks for metrics of services that have some, and for containers of services that there are", () => {
    const jobs = services.filter(({ metrics }) => metrics).map(({ name }) => name);
    const names = services.map(({ name }) => name);
    for (const expression of expressions(dashboard)) {
      for (const [, job = ""] of expression.matchAll(/job="([^"]*)"/g)) expect(jobs).toContain(job);
      for (const [, some = ""] of expression.matchAll(/service=~?"([^"]*)"/g))
        expect(names).toEqual(expect.arrayContaining(some.replace("(-[0-9]+)?", "").split("|")));
    }
  });

  test("no panel lies on another one, or beyond the edge", () => {
    for (const row of dashboard.rows) {
      const taken = placePanels(row).flatMap(({ x, y, width, height }) => {
        expect(x + width).toBeLessThanOrEqual(columns);
        return cells(x, y, width, height);
      });
      expect(duplicates(taken)).toEqual([]);
    }
  });

  test("Perses gets every panel once, with all its queries", () => {
    const { spec } = toPerses(dashboard) as unknown as PersesDashboard;
    const shown = spec.layouts.flatMap(({ spec: { items } }) => items.map(({ content }) => content.$ref));
    expect(shown).toEqual(Object.keys(spec.panels).map((key) => `#/spec/panels/${key}`));
    const asked = Object.values(spec.panels).flatMap(({ spec: { queries } }) =>
      queries.map((query) => query.spec.plugin.spec.query),
    );
    expect(asked).toEqual(expressions(dashboard));
  });

  test("Grafana gets every panel once, numbered, none on another, with all its queries", () => {
    const panels = toGrafana(dashboard).panels ?? [];
    expect(duplicates(panels.map(({ id }) => id))).toEqual([]);
    expect(panels.filter(({ type }) => type === "row").map(({ title }) => title)).toEqual(
      dashboard.rows.map(({ title }) => title),
    );
    const taken = panels.flatMap(({ gridPos }) =>
      gridPos ? cells(gridPos.x, gridPos.y, gridPos.w, gridPos.h) : ["nowhere"],
    );
    expect(duplicates(taken)).toEqual([]);
    expect(taken).not.toContain("nowhere");
    const targets = panels.flatMap((panel) => ("targets" in panel ? (panel.targets ?? []) : []));
    expect(targets.map((target) => (target as { expr?: string }).expr)).toEqual(expressions(dashboard));
  });
});

test.each([
  ["Perses", persesFiles],
  ["Grafana", grafanaFiles],
])("the files of %s are the same again, and hold all dashboards", (_name, filesOf) => {
  const files = filesOf(tiers);
  expect(filesOf(tiersOf({}))).toEqual(files);
  const texts = Object.values(files).map((text) => text.replaceAll("\\", ""));
  for (const dashboard of dashboards) {
    const [first = ""] = expressions(dashboard);
    expect(
      texts.filter((text) => text.includes(`"${dashboard.title}"`) && text.includes(first)),
    ).toHaveLength(1);
  }
  // Nothing of a dashboard is more than a container's configuration may be.
  expect(JSON.stringify(files).length).toBeLessThan(500_000);
});

test("both ask the Prometheus of the stack, where it serves", () => {
  const url = "http://prometheus:9090/prometheus";
  expect(persesFiles(tiers)["provisioning/globaldatasource-prometheus.json"]).toContain(`"${url}"`);
  expect(grafanaFiles(tiers)["datasources/prometheus.yaml"]).toContain(`url: ${url}\n`);
});

interface PersesDashboard {
  spec: {
    panels: Record<string, { spec: { queries: { spec: { plugin: { spec: { query: string } } } }[] } }>;
    layouts: { spec: { items: { content: { $ref: string } }[] } }[];
  };
}

function cells(x: number, y: number, width: number, height: number): string[] {
  return Array.from({ length: width * height }, (_, index) => {
    return `${x + (index % width)},${y + Math.floor(index / width)}`;
  });
}
