import { setTimeout as sleep } from "node:timers/promises";
import { describeStack } from "../../../cli/stack-file";
import { dashboardsOf } from "../../../observability/dashboards";
import { scrapeInterval } from "../../../observability/prometheus";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";

/** What is measured, and what dashboards show of it. */
export const metrics: Part<TekUp> = {
  title: "metrics",
  tests(tekup) {
    it("are had of every service", async () => {
      const monitoring = await tekup().monitoring();
      const jobs = async () =>
        (await monitoring.targets())
          .filter(({ health }) => health === "up")
          .flatMap(({ labels }) => labels.job ?? []);
      const wanted = [
        "mcp-browser",
        "mcp-filesystem",
        "mcp-search",
        "mcp-gateway",
        "jaeger",
        "log-store",
        "log-shipper",
        "watchdog",
        "cadvisor",
      ];
      let found = await jobs();
      for (; !wanted.every((job) => found.includes(job)); found = await jobs()) await sleep(500);
      expect(found).toEqual(expect.arrayContaining(wanted));
    });

    it("are shown by every panel of the dashboards", async () => {
      const { stack } = tekup();
      const monitoring = await tekup().monitoring();
      const { topology } = describeStack({ stack: stack.name, configFile: stack.configFile });
      const dashboards = dashboardsOf(topology.tiers);
      expect(dashboards.map(({ name }) => name)).toContain("mcp-gateway");
      await tekup().as("default", (session) => session.call("search__search_code", { pattern: "needle" }));
      // A rate takes two samples.
      await monitoring.scrape();
      await monitoring.scrape();
      const rateInterval = `${4 * Number.parseInt(scrapeInterval)}s`;
      const empty: string[] = [];
      for (const dashboard of dashboards)
        for (const { title, queries } of dashboard.rows.flatMap(({ panels }) => panels))
          for (const { expr } of queries) {
            const series = await monitoring.query(expr.replaceAll("$__rate_interval", rateInterval));
            if (series.length === 0) empty.push(`${dashboard.title} / ${title}: ${expr}`);
          }
      expect(empty).toEqual([]);
    });
  },
};
