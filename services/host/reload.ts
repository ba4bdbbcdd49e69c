/**
 * The entry of a server's image while somebody works on the server: bundles its sources, which are mounted, starts it, and
 * starts it anew with every save. Arguments: the folder with `services` and `node_modules`, and the program's first file in
 * it. A save that does not compile is logged, and what runs goes on.
 */
import { mkdtempSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildResult } from "esbuild";
import { bundling } from "./bundling";
import { createLogger, describeError } from "./log";
import { Restarted } from "./restarted";

/** What the image itself has: its bundles, and packages that can't be bundled. */
const image = "/app";

const log = createLogger("info");
const [, , sources = "/sources", entry = ""] = process.argv;

/** Bundles now and after every save; resolves once it watches. @throws where the sources have no esbuild for this machine. */
async function watch(program: Restarted): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "reload-"));
  const { context } = createRequire(`${sources}/`)("esbuild") as typeof import("esbuild");
  const bundle = await context({
    ...bundling,
    absWorkingDir: sources,
    entryPoints: { server: entry, launch: "services/host/launch.ts" },
    outdir: folder,
    external: packagesOf(join(image, "node_modules")),
    plugins: [
      {
        name: "restart",
        setup: (build) => build.onEnd((result) => bundled(result, program, join(folder, "launch.js"))),
      },
    ],
  });
  await bundle.watch();
}

function bundled({ errors }: BuildResult, program: Restarted, file: string): void {
  const [first] = errors;
  if (!first) return program.start(file);
  const { location, text } = first;
  const where = location ? `${location.file}:${location.line}: ` : "";
  log.error("the sources do not compile; what ran goes on", {
    error: `${where}${text}`,
    errors: errors.length,
  });
  if (!program.runs) program.start(join(image, "launch.js"));
}

/** The packages in a folder, with those of scopes; none where there is no such folder. */
function packagesOf(folder: string): string[] {
  const names = (path: string) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  };
  return names(folder).flatMap((name) =>
    name.startsWith("@") ? names(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}

const program = new Restarted(log, { NODE_PATH: join(image, "node_modules") });
watch(program).catch((error: unknown) => {
  log.error("saves are not seen; the image's own program runs", describeError(error));
  program.start(join(image, "launch.js"));
});
