import type { GoProgram, Recipe } from "../../imaging/recipe";

/** Tier 4: what watches the cluster, and the web entry to it. */
export const monitoring = {
  prometheus: {
    ...onDebian13("prometheus", 25),
    files: { "images/prometheus/no-ui.html": "prometheus/no-ui.html" },
  },
  alertmanager: {
    ...onDebian13("alertmanager", 15),
    downloads: [alertmanagerProgram("alertmanager", 60), alertmanagerProgram("amtool", 10)],
  },
  cadvisor: {
    ...onDebian13("cadvisor", 10),
    downloads: [
      { kind: "go", module: "images/go/cadvisor", package: ".", as: "downloads/cadvisor", seconds: 30 },
    ],
  },
  "node-exporter": onDebian13("node-exporter", 15),
  "postgres-exporter": onDebian13("postgres-exporter", 15),
  "mysql-exporter": onDebian13("mysql-exporter", 15),
  jaeger: {
    ...onDebian13("jaeger", 10),
    downloads: [
      {
        kind: "go",
        module: "images/go/jaeger",
        package: "github.com/jaegertracing/jaeger/cmd/all-in-one",
        as: "downloads/jaeger",
        seconds: 80,
      },
    ],
  },
  nginx: onDebian13("nginx", 15),
} satisfies Record<string, Recipe>;

function onDebian13(name: string, seconds: number) {
  return {
    base: "debian13",
    upstream: name,
    dockerfile: `images/${name}/Dockerfile`,
    files: {},
    seconds,
  } satisfies Recipe;
}

/** The version is that of images/go/alertmanager/go.mod and of the upstream image. */
function alertmanagerProgram(name: string, seconds: number): GoProgram {
  return {
    kind: "go",
    module: "images/go/alertmanager",
    package: `github.com/prometheus/alertmanager/cmd/${name}`,
    ldflags: "-X github.com/prometheus/common/version.Version=0.28.1",
    as: `downloads/${name}`,
    seconds,
  };
}
