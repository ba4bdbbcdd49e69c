import { parseSettings } from "../../config/settings";
import { inspect } from "../../engine/inspect";
import { dashboardsOf } from "../../observability/dashboards";
import { persesProject } from "../../observability/dashboards/perses";
import { orZero, quantile, share } from "../../observability/dashboards/promql";
import { webUser } from "../../observability/web";
import { buildTopology } from "../../topology";
import type { Service } from "../../topology/types";
import { ServiceGroup } from "./service-group";

/** A dashboard as Perses' API gives it. */
interface ShownDashboard {
  metadata: { name: string };
  spec: { panels: Record<string, { spec: { display: { name: string } } }> };
}

const settings = parseSettings({
  stack: "test",
  values: { "mcp:system": "devcontainer" },
  isSecret: () => true,
});
const { tiers } = buildTopology("test", settings, "build");
const dashboards = dashboardsOf(tiers);
/** Perses with the dashboards of a whole cluster; of that, what they ask and what they are reached through. */
const services = tiers
  .flatMap((tier) => tier.services)
  .filter(({ name }) => ["nginx", "prometheus", "grafana"].includes(name));
const group = new ServiceGroup(services);
const queries = `/dashboards/proxy/globaldatasources/prometheus/api/v1`;
let entry: string;

beforeAll(async () => {
  await group.start();
  entry = await group.url("nginx", 8080);
}, 900_000);
afterAll(() => group.remove(), 120_000);

/** Asks as a browser does: through the web entry, with its password. */
function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const password = Buffer.from(`${webUser}:${group.secret("web-password")}`).toString("base64");
  return fetch(entry + path, { ...init, headers: { ...init.headers, authorization: `Basic ${password}` } });
}

async function read<T>(path: string): Promise<T> {
  const answer = await ask(path);
  expect(`${path} ${answer.status}`).toBe(`${path} 200`);
  return (await answer.json()) as T;
}

/** The values that Prometheus answers with, through Perses. */
async function values(expression: string): Promise<string[]> {
  const body = new URLSearchParams({ query: expression.replaceAll("$__rate_interval", "1m") });
  const answer = await ask(`${queries}/query`, { method: "POST", body });
  const { data, error } = (await answer.json()) as {
    data?: { result: { value: [number, string] }[] };
    error?: string;
  };
  expect(`${expression}: ${error ?? "fine"}`).toBe(`${expression}: fine`);
  return (data?.result ?? []).map(({ value }) => value[1]);
}

test("every dashboard is there with all its panels once the container is healthy", async () => {
  const shown = await read<ShownDashboard[]>(`/dashboards/api/v1/projects/${persesProject}/dashboards`);
  const titles = shown.map(({ metadata, spec }) => [
    metadata.name,
    Object.values(spec.panels)
      .map((panel) => panel.spec.display.name)
      .sort(),
  ]);
  const wanted = dashboards.map(({ name, rows }) => [
    name,
    rows.flatMap(({ panels }) => panels.map(({ title }) => title)).sort(),
  ]);
  expect(Object.fromEntries(titles)).toEqual(Object.fromEntries(wanted));
});

test("the page, its program, and the programs of all plugins that dashboards use are below the one path", async () => {
  const address = `/dashboards/projects/${persesProject}/dashboards/cluster`;
  const page = await (await ask(address)).text();
  const [, program = ""] = /<script type="module" src="([^"]+)"/.exec(page) ?? [];
  expect(program).toMatch(/^\/dashboards\//);
  expect((await ask(program)).headers.get("content-type")).toMatch(/javascript/);

  const plugins = await read<{ metadata: { name: string }; status: { isLoaded: boolean } }[]>(
    "/dashboards/api/v1/plugins",
  );
  expect(plugins.map(({ metadata, status }) => [metadata.name, status.isLoaded]).sort()).toEqual([
    ["Prometheus", true],
    ["StatChart", true],
    ["TimeSeriesChart", true],
  ]);
  for (const { metadata } of plugins) {
    const folder = `/dashboards/plugins/${metadata.name}/`;
    const manifest = await read<{ metaData: { remoteEntry: { name: string } } }>(`${folder}mf-manifest.json`);
    // Whatever else it loads, it asks for below the same path.
    expect(JSON.stringify(manifest)).not.toContain('"/plugins/');
    const remote = await (await ask(folder + manifest.metaData.remoteEntry.name)).text();
    expect(remote).toContain(`"${folder}"`);
    expect(remote).not.toContain('"/plugins/');
  }
});

test("Prometheus understands every query", async () => {
  for (const { rows } of dashboards)
    for (const panel of rows.flatMap(({ panels }) => panels))
      for (const { expr } of panel.queries) await values(expr);
});

test("what nobody called shows 0, not nothing", async () => {
  const none = "sum(rate(nothing_of_that_name[1m]))";
  for (const expression of [
    orZero(none),
    quantile(0.95, "nothing_of_that_name"),
    share(orZero(none), "vector(0)"),
  ])
    expect(await values(expression)).toEqual(["0"]);
  // And what somebody called shows as it is.
  expect(await values(share(orZero("vector(1)"), "vector(4)"))).toEqual(["0.25"]);
});

test("whoever looks at dashboards can change none, and reach nothing else through them", async () => {
  const json = { method: "POST", headers: { "content-type": "application/json" } };
  const project = { kind: "Project", metadata: { name: "mine" }, spec: {} };
  const created = await ask("/dashboards/api/v1/projects", { ...json, body: JSON.stringify(project) });
  expect(created.status).toBe(405);
  const dashboard = `/dashboards/api/v1/projects/${persesProject}/dashboards/cluster`;
  expect((await ask(dashboard, { method: "DELETE" })).status).toBe(405);
  expect((await ask(dashboard)).status).toBe(200);

  expect((await ask(`${queries}/status/config`)).status).toBe(403);
  const elsewhere = { kind: "HTTPProxy", spec: { url: "http://nginx:8080" } };
  const spec = { plugin: { kind: "PrometheusDatasource", spec: { proxy: elsewhere } } };
  const forward = await ask("/dashboards/proxy/unsaved/globaldatasources/healthz", {
    ...json,
    body: JSON.stringify({ method: "GET", spec }),
  });
  expect(forward.status).toBe(405);
});

test("what it encrypts with is a key of the stack's own, and shown to nobody", async () => {
  expect(await group.run("grafana", "printenv PERSES_SECURITY_ENCRYPTION_KEY")).toBe(
    group.secret("dashboards-key"),
  );
  const key = group.secret("dashboards-key");
  const shown = JSON.stringify(await read("/dashboards/api/config"));
  for (const form of [key, Buffer.from(key).toString("hex")]) expect(shown).not.toContain(form);
});

test("it runs as its own user without any right, and writes nowhere but to its memory", async () => {
  const status = await group.run("grafana", "grep -E '^(Uid|CapEff|NoNewPrivs)' /proc/1/status");
  expect(status.replaceAll(/\s+/g, " ")).toBe(
    "Uid: 65534 65534 65534 65534 CapEff: 0000000000000000 NoNewPrivs: 1",
  );
  await expect(group.run("grafana", "touch /usr/share/perses/x")).rejects.toThrow(/Read-only/);
  expect((await group.logs("grafana")).filter((line) => /level=(warning|error)/.test(line))).toEqual([]);
});

test("a dashboard that the plugins' schemas refuse keeps it from starting, and the log says which and why", async () => {
  const viewer = services.find(({ name }) => name === "grafana") as Service;
  const broken: Service = {
    ...viewer,
    configs: (viewer.configs ?? []).map((folder) => ({
      ...folder,
      files: {
        ...folder.files,
        "provisioning/broken.json": JSON.stringify({
          kind: "Dashboard",
          metadata: { name: "broken", project: persesProject },
          spec: {
            duration: "1h",
            layouts: [],
            panels: {
              one: {
                kind: "Panel",
                spec: {
                  display: { name: "One" },
                  plugin: { kind: "StatChart", spec: { calculation: "guess" } },
                },
              },
            },
          },
        }),
      },
    })),
  };
  const other = new ServiceGroup([broken]);
  try {
    await expect(other.start()).rejects.toThrow();
    const logs = (await other.logs("grafana")).join("\n");
    expect(logs).toMatch(/unable to create the "Dashboard" "broken"/);
    expect(logs).toMatch(/calculation/);
    const state = await inspect<{ State: { ExitCode: number } }>("container", other.container("grafana"));
    expect(state?.State.ExitCode).toBe(1);
  } finally {
    await other.remove();
  }
});

test("of one that was told to stop, status knows no fault, whatever code its program has for that", async () => {
  const clean = { health: "stopped", reason: null };
  expect(await group.stopped()).toEqual(Object.fromEntries(services.map(({ name }) => [name, clean])));
});
