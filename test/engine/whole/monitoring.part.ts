import { describeStack } from "../../../cli/stack-file";
import { dashboardsOf } from "../../../observability/dashboards";
import { scrapeInterval } from "../../../observability/prometheus";
import type { Topology } from "../../../topology";
import { allServices } from "../../../topology/services";
import { overHttp } from "../support/mcp";
import { serversOf } from "../support/outputs";
import { Monitoring } from "../support/prometheus";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Whole } from "./stack";

function tests(whole: () => Whole) {
  let stack: TestStack;
  let topology: Topology;
  let monitoring: Monitoring;

  beforeAll(async () => {
    ({ stack } = whole());
    ({ topology } = describeStack({ stack: stack.name, configFile: stack.configFile }));
    monitoring = await Monitoring.of(stack, whole().port);
    await monitoring.scrape();
  });

  describe("the web entry", () => {
    it.each(["/", "/dashboards/", "/prometheus/", "/alertmanager/"])(
      "shows %s to whoever has the password, and to nobody else",
      async (path) => {
        expect((await monitoring.page(path)).status).toBe(200);
        expect((await monitoring.page(path, "")).status).toBe(401);
        expect((await monitoring.page(path, "another password")).status).toBe(401);
      },
    );
  });

  describe("Prometheus", () => {
    it("reads the metrics of every service that has some", async () => {
      const targets = await monitoring.targets();
      const measured = allServices(topology).filter(({ metrics }) => metrics);
      expect(targets.map(({ labels }) => labels.service).sort()).toEqual(
        measured.map(({ name }) => name).sort(),
      );
      expect(targets.filter(({ health }) => health !== "up")).toEqual([]);
    });
  });

  describe("drift of the whole cluster", () => {
    it("is none, and Prometheus is told so", async () => {
      const { code, output } = await stack.command("drift", "--publish");
      expect({ code, output }).toEqual({ code: 0, output: `${stack.name}: as it should be.\n` });
      await monitoring.scrape();
      const [told] = await monitoring.query("mcp_drift_told");
      expect(told).toMatchObject({ metric: { stack: stack.name }, value: [expect.anything(), "1"] });
      expect(await monitoring.query("mcp_drift_differences > 0")).toEqual([]);
    });
  });

  describe("dashboards", () => {
    /** A call that each server answers, and one that fails. */
    const calls: Record<string, [tool: string, fine: object, wrong: object]> = {
      "postgres-mcp": ["query", { sql: "SELECT 1" }, { sql: "SELECT nothing" }],
      "mariadb-mcp": ["query", { sql: "SELECT 1" }, { sql: "SELECT nothing" }],
      "python-experimental": ["run_python", { code: "1 + 1" }, { code: "1 / 0" }],
    };

    beforeAll(async () => {
      const servers = await serversOf(stack);
      expect(Object.keys(calls).sort()).toEqual(Object.keys(servers).sort());
      for (const [name, [tool, fine, wrong]] of Object.entries(calls))
        await overHttp(servers[name]?.http ?? "", async (server) => {
          expect(await server.call(tool, { ...fine })).toMatchObject({ isError: false });
          expect(await server.call(tool, { ...wrong })).toMatchObject({ isError: true });
        });
      // A rate takes two samples.
      await monitoring.scrape();
      await monitoring.scrape();
    });

    it("show something in every panel", async () => {
      // What Grafana and Perses put in place of the variable where a short time is looked at.
      const rateInterval = `${4 * Number.parseInt(scrapeInterval)}s`;
      const empty: string[] = [];
      const times: number[] = [];
      for (const dashboard of dashboardsOf(topology.tiers))
        for (const { title, queries } of dashboard.rows.flatMap(({ panels }) => panels))
          for (const { expr } of queries) {
            const start = performance.now();
            const series = await monitoring.query(expr.replaceAll("$__rate_interval", rateInterval));
            times.push(performance.now() - start);
            if (series.length === 0) empty.push(`${dashboard.title} / ${title}: ${expr}`);
          }
      const p95 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)];
      console.info(`${times.length} queries of dashboards, 95 of 100 within ${p95?.toFixed(1)} ms`);
      expect(empty).toEqual([]);
    });
  });
}

export const monitoring: Part<Whole> = { title: "monitoring of the whole cluster", tests };
