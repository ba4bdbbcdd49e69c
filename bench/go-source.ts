import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { actionlint } from "../cli/check/workflows";
import { recipes } from "../images/recipes";
import { projectRoot } from "../imaging/cache";
import { goFlags } from "../imaging/fetch/go";
import { goEnvironment } from "../imaging/fetch/modules";
import type { GoProgram } from "../imaging/recipe";
import { s3Program } from "../test/engine/support/s3/server";
import type { BenchOptions } from "./options";
import type { Row } from "./table";

const run = promisify(execFile);

/** What of a package decides whether it is compiled anew. */
interface Package {
  ImportPath: string;
  Dir: string;
  GoFiles?: string[];
  SFiles?: string[];
  Imports?: string[];
  ImportMap?: Record<string, string>;
  Module?: { Path: string; Version?: string; Replace?: { Path: string; Version?: string } };
}

const fields: (keyof Package)[] = [
  ...(["ImportPath", "Dir", "GoFiles", "SFiles", "Imports", "ImportMap", "Module"] as const),
];

/** One call of Go's compiler: what is built of which module, with which options. */
interface Build {
  module: string;
  packages: string[];
  options?: string[];
}

/**
 * Counts how much source Go compiles for a set-up and the tests where nothing can be downloaded and all caches are empty. A
 * package counts again where its version, its files or a package below it is another one; nothing is compiled for it.
 */
export async function measureGoSource({ log }: BenchOptions): Promise<Row[]> {
  const compiled = new Set<string>();
  let total = 0;
  const folder = mkdtempSync(join(tmpdir(), "bench-go-"));
  try {
    await run("go", ["run", ...goFlags, "./trim", folder], options("toolchain"));
    for (const build of [toolchain(folder), ...programs().map(buildOf)]) {
      const { whole, fresh } = count(await list(build), compiled);
      total += fresh;
      log(
        `${build.module} ${build.packages.join(" ")}: ${mega(whole)}, of it not compiled before ${mega(fresh)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  log(`in all ${mega(total)} of source`);
  return [];
}

function toolchain(trimmed: string): Build {
  const ours = ["language-nodejs", "resource-docker", "resource-random"].map((name) => `./pulumi-${name}`);
  const packages = ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", ...ours];
  return { module: "toolchain", packages, options: [`-modfile=${trimmed}/go.mod`, "-tags=no_compose"] };
}

function programs(): GoProgram[] {
  const all = Object.values(recipes).flatMap(({ downloads = [] }) => downloads);
  return [...all.filter((download) => download.kind === "go"), actionlint, s3Program];
}

function buildOf({ module, package: program, tags = [] }: GoProgram): Build {
  return { module, packages: [program], options: [`-tags=${tags.join(",")}`] };
}

async function list({ module, packages, options: more = [] }: Build): Promise<Package[]> {
  const args = ["list", "-mod=readonly", "-deps", `-json=${fields.join(",")}`, ...more, ...packages];
  const { stdout } = await run("go", args, options(module));
  // Go writes one object after the other.
  return JSON.parse(`[${stdout.replace(/^}\n\{/gm, "},{")}]`) as Package[];
}

function options(module: string) {
  const env = { ...process.env, ...goEnvironment, CGO_ENABLED: "0", GOOS: "linux" };
  return { cwd: join(projectRoot, module), env, maxBuffer: 1 << 28 };
}

/** Bytes of a program's packages, and of those that no program before had in the same state. */
function count(packages: Package[], compiled: Set<string>): { whole: number; fresh: number } {
  const states = new Map<string, string>();
  let [whole, fresh] = [0, 0];
  // Go lists a package after all that it imports.
  for (const {
    ImportPath,
    Dir,
    GoFiles = [],
    SFiles = [],
    Imports = [],
    ImportMap = {},
    Module,
  } of packages) {
    const files = [...GoFiles, ...SFiles].filter(() => ImportPath !== "unsafe");
    const size = files.reduce((sum, file) => sum + statSync(join(Dir, file)).size, 0);
    const version = Module?.Replace ? (Module.Replace.Version ?? "changed") : Module?.Version;
    const below = Imports.map((name) => states.get(ImportMap[name] ?? name)).sort();
    const state = createHash("sha256")
      .update(JSON.stringify([ImportPath, version, files, below]))
      .digest("hex");
    states.set(ImportPath, state);
    whole += size;
    if (!compiled.has(state)) fresh += size;
    compiled.add(state);
  }
  return { whole, fresh };
}

function mega(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
