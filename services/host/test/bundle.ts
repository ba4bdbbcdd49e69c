import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { bundling } from "../bundling";

/** Where a run keeps what its tests start; see test/services/setup.ts. */
const kept = process.env.TEST_BUNDLES ?? mkdtempSync(join(tmpdir(), "bundles-"));

/**
 * A program as its image has it, one file of JavaScript. It is made once in a run: from its sources each of its processes would
 * take two to three times as long to start.
 * @param main the program's first file
 * @returns the file, which all tests of the run share
 */
export function bundled(main: string, external: string[] = []): string {
  const name = createHash("sha256")
    .update([main, ...external].join("\0"))
    .digest("hex");
  const file = join(kept, `${name}.js`);
  if (existsSync(file)) return file;
  const scratch = mkdtempSync(join(kept, "scratch-"));
  try {
    const outfile = join(scratch, "main.js");
    // For the Node that runs the tests.
    buildSync({ ...bundling, target: "node20", sourcemap: false, entryPoints: [main], outfile, external });
    renameSync(outfile, file); // whole or not at all, as several tests may make it
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return file;
}
