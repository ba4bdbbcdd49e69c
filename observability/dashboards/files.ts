import { stringify } from "yaml";
import { allServices } from "../../topology/services";
import type { Tier } from "../../topology/types";
import { scrapeInterval } from "../prometheus";
import { dashboardsOf } from "./index";
import { grafanaDatasource, toGrafana } from "./grafana";
import { persesFoundation, toPerses } from "./perses";

/** Where the pages of the dashboards are below the web entry; without the last slash. */
export const dashboardsPath = "/dashboards";

/** The folder that Perses' configuration is mounted at, and its own file in it. */
export const persesFolder = "/etc/perses";
export const persesFile = "perses.yaml";
/** The folder that Perses writes to while it runs; nothing in it is worth keeping. */
export const persesState = "/perses";

/** The folder that Grafana looks for data sources and dashboards in. */
export const grafanaFolder = "/etc/grafana/provisioning";
export const grafanaHome = "dashboards/cluster.json";

/** Perses' configuration and everything it shows. */
export function persesFiles(tiers: readonly Tier[]): Record<string, string> {
  const resources = [
    ...persesFoundation(prometheusUrl(tiers), scrapeInterval),
    ...dashboardsOf(tiers).map(toPerses),
  ];
  return {
    [persesFile]: stringify({
      api_prefix: dashboardsPath,
      database: { file: { folder: `${persesState}/database`, extension: "json" } },
      // Where the image has them.
      plugin: { path: "/usr/share/perses/plugins" },
      provisioning: { folders: [`${persesFolder}/provisioning`] },
    }),
    ...Object.fromEntries(
      resources.map((resource) => [
        `provisioning/${resource.kind.toLowerCase()}-${resource.metadata.name}.json`,
        JSON.stringify(resource),
      ]),
    ),
  };
}

/** Grafana's data source, and all its dashboards. */
export function grafanaFiles(tiers: readonly Tier[]): Record<string, string> {
  const datasource = {
    ...grafanaDatasource,
    name: "Prometheus",
    access: "proxy",
    url: prometheusUrl(tiers),
    isDefault: true,
    jsonData: { timeInterval: scrapeInterval, httpMethod: "POST" },
  };
  const provider = {
    name: "cluster",
    type: "file",
    allowUiUpdates: false,
    options: { path: `${grafanaFolder}/dashboards` },
  };
  return {
    "datasources/prometheus.yaml": stringify({ apiVersion: 1, datasources: [datasource] }),
    "dashboards/provider.yaml": stringify({ apiVersion: 1, providers: [provider] }),
    ...Object.fromEntries(
      dashboardsOf(tiers).map((dashboard) => [
        `dashboards/${dashboard.name}.json`,
        JSON.stringify(toGrafana(dashboard)),
      ]),
    ),
  };
}

function prometheusUrl(tiers: readonly Tier[]): string {
  const found = allServices({ tiers }).find(({ name }) => name === "prometheus");
  if (!found?.web) throw new Error("there is no Prometheus for the dashboards to ask");
  return `http://${found.name}:${found.web.port}${found.web.path.replace(/\/$/, "")}`;
}
