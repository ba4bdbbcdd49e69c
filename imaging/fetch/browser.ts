import * as fs from "node:fs";
import * as path from "node:path";
import { command } from "../command";
import { copyFiles, listFiles } from "../files";
import type { BrowserProgram } from "../recipe";
import { moduleFolder } from "./modules";
import type { FetchContext } from "./types";

/** What the program's files may be besides code, and how each gets into the bundle. */
const loaders = { ".woff2": "file", ".woff": "file", ".svg": "dataurl", ".png": "file" } as const;

/**
 * Bundles a program for browsers from sources that a Go module carries. Its npm packages are those of the lock file that
 * lies beside the sources; npm finds its registry by its own configuration.
 * @returns the folder of the bundle.
 */
export async function bundleForBrowsers(download: BrowserProgram, context: FetchContext): Promise<string> {
  const source = await moduleFolder(download.module, download.from, context);
  const work = path.join(context.scratch, "sources");
  fs.cpSync(path.join(source, download.folder), work, { recursive: true });
  await command("chmod", ["-R", "u+w", work], { logFile: context.logFile });
  copyFiles(listFiles(download.files ?? {}), work);
  const workspace = download.entry.slice(0, download.entry.indexOf("/"));
  await command("npm", ["ci", "--omit=dev", "--ignore-scripts", "--workspace", workspace], {
    cwd: work,
    logFile: context.logFile,
  });
  const { build } = await import("esbuild"); // loaded only for a build: it is no part of a normal run
  const outdir = path.join(context.scratch, "bundle");
  await build({
    absWorkingDir: work,
    entryPoints: [download.entry],
    outdir,
    // The entry's name is fixed, as a page names it; those of all that it loads change with their content.
    entryNames: "[name]",
    chunkNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    alias: download.sources,
    loader: loaders,
    // What Node has and browsers have not, as packages for both expect it.
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    jsx: "automatic",
    bundle: true,
    minify: true,
    splitting: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    logLevel: "silent",
  });
  return outdir;
}
