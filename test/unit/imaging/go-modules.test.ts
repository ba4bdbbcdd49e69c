import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { recipes } from "../../../images/recipes";
import { projectRoot } from "../../../imaging/cache";
import { goFlags } from "../../../imaging/fetch/go";

/** Modules of which more than one version is compiled, each with the reason. */
const several: Record<string, string> = {
  "go.yaml.in/yaml/v4": "actionlint is written for another candidate than the CLI's libopenapi",
};

/** Modules that don't work with the versions of the others, each with the reason. */
const apart: Record<string, string> = {
  "images/go/buildkit": "with a newer otelgrpc its metrics have other names, which dashboards don't know",
  "images/go/alertmanager": "0.28 is written for an older github.com/prometheus/common",
  "images/go/jaeger": "1.76 is written for an older go.opentelemetry.io/collector",
  "images/go/otel-collector": "0.149 is written for an older go.opentelemetry.io/otel/log",
};

/** The modules that are built for a set-up or for the tests, and share their versions. */
const built = [
  ...new Set([
    ...["toolchain", "cli/check/actionlint", "test/engine/support/s3"],
    ...Object.values(recipes)
      .flatMap(({ downloads = [] }) => downloads)
      .flatMap((download) => (download.kind === "go" ? download.module : [])),
  ]),
].filter((module) => !(module in apart));

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
  expect(Object.fromEntries(different.filter(([required]) => !(required in several)))).toEqual({});
  expect(different.map(([required]) => required).sort()).toEqual(Object.keys(several).sort());
});

test("the toolchain is compiled with the flags of the images' programs, for the same reason", () => {
  const script = fs.readFileSync(path.join(projectRoot, "toolchain", "build.sh"), "utf8");
  const flags = /^flags=\([\s\S]*?^done$/m.exec(script)?.[0] ?? "";
  const said = execFileSync("bash", ["-c", `${flags}; printf '%s\\n' "\${flags[@]}"`], { encoding: "utf8" });
  expect(said.trim().split("\n")).toEqual(goFlags);
});
