import type { Recipe } from "../../imaging/recipe";

const persesModule = "images/go/perses";

/** Tier 4: who shows the dashboards. Grafana where its image can be had, and Perses, which can be built. */
export const dashboards = {
  grafana: {
    upstream: "grafana",
    files: {},
    seconds: 30,
  },
  perses: {
    base: "debian13",
    dockerfile: "images/perses/Dockerfile",
    files: {
      "images/perses/index.html": "perses/index.html",
      "images/perses/module.cue": "perses/module.cue",
    },
    downloads: [
      { kind: "go", module: persesModule, package: ".", as: "downloads/perses", seconds: 100 },
      {
        kind: "browser",
        module: persesModule,
        from: "github.com/perses/perses",
        folder: "ui",
        entry: "app/src/bundle.ts",
        files: { "images/perses/pages/plugin-system.tsx": "plugin-system.tsx" },
        sources: {
          "@perses-dev/components": "./components/src",
          "@perses-dev/core": "./core/src",
          "@perses-dev/dashboards": "./dashboards/src",
          "@perses-dev/explore": "./explore/src",
          "@perses-dev/plugin-system": "./plugin-system.tsx",
        },
        as: "downloads/pages",
        seconds: 60,
      },
      {
        kind: "module-files",
        module: persesModule,
        folders: {
          "github.com/perses/perses": { "cue/common": "common" },
          "github.com/perses/plugins/prometheus": { schemas: "Prometheus" },
          "github.com/perses/plugins/statchart": { schemas: "StatChart" },
          "github.com/perses/plugins/timeserieschart": { schemas: "TimeSeriesChart" },
        },
        as: "downloads/schemas",
      },
      {
        kind: "npm",
        package: "@perses-dev/prometheus-plugin",
        version: "0.53.4",
        integrity:
          "sha512-mUkAVCnlpHmDzI7W2KeStjqpQrniO+sQtSemG4czNMee0ejO4OMcdZQchEXX9rXDKU2efS6yzYCiwyuZE0U21w==",
        as: "downloads/prometheus.tgz",
      },
      {
        kind: "npm",
        package: "@perses-dev/stat-chart-plugin",
        version: "0.10.0",
        integrity:
          "sha512-BGI8B4LTIGpIA7tSBKN0z5w/SPGl7yTCrw8TWMzlEuwAXNnGsXivcqGVle1S9X28QcDDeDokTP9pg68CCExTzQ==",
        as: "downloads/stat-chart.tgz",
      },
      {
        kind: "npm",
        package: "@perses-dev/timeseries-chart-plugin",
        version: "0.10.2",
        integrity:
          "sha512-8HbxCiiV1fcy6D5l/MV06Ru6Do4PLJNzQ/nOiA3VuUlZFRtOG7fGnVtNtGP7WYn1HfJgJDHKx1fkQIiLkEPS2w==",
        as: "downloads/timeseries-chart.tgz",
      },
    ],
    seconds: 15,
  },
} satisfies Record<string, Recipe>;
