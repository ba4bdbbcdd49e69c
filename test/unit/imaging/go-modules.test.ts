import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { recipes } from "../../../images/recipes";
import { projectRoot } from "../../../imaging/cache";
import { goFlags } from "../../../imaging/fetch/go";

/** Of what more than one version is compiled: what the modules' paths begin with, each with the reason. */
const several: Record<string, string> = {
  "go.yaml.in/yaml/v4": "actionlint is written for another candidate than the CLI's libopenapi",
  "go.opentelemetry.io/collector": "Jaeger 1.76 and the collector 0.149 are each written for one version",
  "github.com/open-telemetry/opentelemetry-collector-contrib": "as go.opentelemetry.io/collector",
  "go.opentelemetry.io/otel/log": "the collector 0.149 is written for an older one",
  "go.opentelemetry.io/otel/sdk/log": "as go.opentelemetry.io/otel/log",
  "go.opentelemetry.io/otel/exporters/otlp/otlplog": "as go.opentelemetry.io/otel/log",
  "go.opentelemetry.io/otel/exporters/prometheus": "with a newer one BuildKit's metrics may have other names",
  "go.opentelemetry.io/contrib/instrumentation":
    "with a newer otelgrpc BuildKit's metrics have other names, which dashboards don't know; Jaeger's collector has its own",
  "github.com/prometheus/client_golang": "as github.com/prometheus/common",
  "github.com/prometheus/common": "Alertmanager 0.28 is written for an older one",
  "github.com/moby/buildkit": "the Docker provider's buildx is written for an older one than is run",
};

/** The modules that are built for a set-up or for the tests. */
const built = [
  ...new Set([
    ...["toolchain", "cli/check/actionlint", "test/engine/support/s3"],
    ...Object.values(recipes)
      .flatMap(({ downloads = [] }) => downloads)
      .flatMap((download) => (download.kind === "go" ? download.module : [])),
  ]),
];

/** The versions that a module requires, by the required modules' paths. */
function requiredBy(module: string): [required: string, version: string][] {
  const text = fs.readFileSync(path.join(projectRoot, module, "go.mod"), "utf8");
  const blocks = [...text.matchAll(/^require (?:\(([\s\S]*?)^\)|(.+))/gm)].map(
    ([, block, line]) => block ?? line ?? "",
  );
  return blocks.flatMap((block) =>
    [...block.matchAll(/^\s*(\S+) (v\S+)/gm)].map(([, name = "", version = ""]): [string, string] => [
      name,
      version,
    ]),
  );
}

test("modules that are built require the same versions, so that what they share is compiled once", () => {
  const versions = new Map<string, Map<string, string>>();
  for (const module of built)
    for (const [required, version] of requiredBy(module))
      versions.set(required, (versions.get(required) ?? new Map<string, string>()).set(module, version));
  expect(versions.get("golang.org/x/sys")?.size).toBeGreaterThan(3);
  const different = [...versions].filter(([, found]) => new Set(found.values()).size > 1);
  const beginnings = Object.keys(several);
  const unsaid = different.filter(([required]) => !beginnings.some((begin) => required.startsWith(begin)));
  expect(Object.fromEntries(unsaid)).toEqual({});
  const idle = beginnings.filter((begin) => !different.some(([required]) => required.startsWith(begin)));
  expect(idle).toEqual([]);
});

test("the toolchain is compiled with the flags of the images' programs, for the same reason", () => {
  const script = fs.readFileSync(path.join(projectRoot, "toolchain", "build.sh"), "utf8");
  const flags = /^flags=\([\s\S]*?^done$/m.exec(script)?.[0] ?? "";
  const said = execFileSync("bash", ["-c", `${flags}; printf '%s\\n' "\${flags[@]}"`], { encoding: "utf8" });
  expect(said.trim().split("\n")).toEqual(goFlags);
});
