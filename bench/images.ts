import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../cli/paths";
import { run } from "../cli/process";
import { recipes } from "../images/recipes";
import { cacheRoot } from "../loader/cache-root.cjs";
import { archiveName } from "../imaging/key";
import type { BenchOptions } from "./options";
import { timed } from "./statistics";
import type { Row } from "./table";

/** What stays out of a copy of the project: what is no source of its images. */
const left = [".git", ".local"];

/**
 * All images of the cluster made from packages, with nothing but the Debian they stand on and the programs that Go compiles
 * at hand; and the same again, with nothing changed. In a copy of the project whose Dockerfiles differ, so that neither the
 * cache nor the engine has what they make.
 */
export async function benchImages({ log }: BenchOptions): Promise<Row[]> {
  // Beside the cache, so that what is kept can be linked.
  mkdirSync(cacheRoot(), { recursive: true });
  const folder = mkdtempSync(join(dirname(cacheRoot()), "bench-images-"));
  const [copy, cache] = [join(folder, "project"), join(folder, "cache")];
  try {
    copyProject(copy);
    keepBases(cache);
    const make = () => prepare(copy, cache, log);
    const all = await timed(make);
    const again = await timed(make);
    return [
      { what: "images from packages, all", ours: all, goal: { below: 5 * 60_000 } },
      { what: "images, nothing changed", ours: again, goal: { below: 10_000 } },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyProject(copy: string): void {
  cpSync(root, copy, { recursive: true, filter: (source) => !left.includes(source.slice(root.length + 1)) });
  const dockerfiles = Object.values(recipes).flatMap(({ dockerfile }) => dockerfile ?? []);
  for (const file of new Set(dockerfiles))
    appendFileSync(join(copy, file), `# ${randomBytes(8).toString("hex")}\n`);
}

/** A cache that holds only what the time does not count: the images that stand on no other, and what Go has compiled. */
function keepBases(cache: string): void {
  const bases = Object.keys(recipes).filter((image) => recipes[image]?.suite !== undefined);
  const archives = bases.map((image) => archiveName({ image, source: "build" }));
  link(join(cacheRoot(), "images"), join(cache, "images"), (file) =>
    archives.includes(file.replace(/\.(tar|json)$/, "")),
  );
  const compiled = Object.values(recipes)
    .flatMap(({ downloads = [] }) => downloads)
    .filter(({ kind }) => kind === "go")
    .map(({ as }) => as.split("/").at(-1) ?? "");
  link(join(cacheRoot(), "downloads"), join(cache, "downloads"), (file) =>
    compiled.includes(file.replace(/^[0-9a-f]+-/, "")),
  );
}

function link(from: string, to: string, chosen: (file: string) => boolean): void {
  mkdirSync(to, { recursive: true });
  if (!existsSync(from)) return;
  for (const file of readdirSync(from).filter(chosen)) linkSync(join(from, file), join(to, file));
}

async function prepare(copy: string, cache: string, log: (line: string) => void): Promise<void> {
  const env = { MCP_CACHE: cache, MCP_IMAGE_SOURCE: "build" };
  const code = await run(process.execPath, ["cli/start.mjs", "images"], { cwd: copy, env, onLine: log });
  if (code !== 0) throw new Error("The images were not made; the lines above say why.");
}
