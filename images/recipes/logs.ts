import type { GoProgram, Recipe } from "../../imaging/recipe";

/**
 * TekUp's tier 3: the logs of all containers in one place. Upstream's images hold a program and nothing to probe it with, nor
 * a folder of its user's, so both programs are laid on Debian, wherever they come from.
 */
export const logs = {
  "victoria-logs": {
    upstream: "victoria-logs",
    dockerfile: "images/victoria-logs/Dockerfile",
    files: {},
    downloads: [
      goProgram({
        module: "images/go/victoria-logs",
        package: "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs",
        // The version is that of go.mod and of the upstream image.
        ldflags: "-X github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version=victoria-logs-v1.43.1",
        as: "downloads/victoria-logs",
        seconds: 20,
      }),
    ],
    seconds: 5,
  },
  "otel-collector": {
    upstream: "otel-collector",
    dockerfile: "images/otel-collector/Dockerfile",
    files: {},
    downloads: [
      goProgram({
        module: "images/go/otel-collector",
        package: ".",
        as: "downloads/otelcol-contrib",
        seconds: 80,
      }),
    ],
    seconds: 5,
  },
  "log-store": onDebian13("log-store", "victoria-logs"),
  "log-shipper": onDebian13("log-shipper", "otel-collector"),
} satisfies Record<string, Recipe>;

function onDebian13(name: string, program: string) {
  return {
    base: "debian13",
    images: { PROGRAM: program },
    dockerfile: `images/${name}/Dockerfile`,
    files: {},
    seconds: 10,
  } satisfies Recipe;
}

function goProgram(program: Omit<GoProgram, "kind">): GoProgram {
  return { kind: "go", ...program };
}
