import { bundling } from "../services/host/bundling";
import { projectRoot } from "./cache";
import { dependencyClosure } from "./closure";
import type { Bundle, Recipe } from "./recipe";

/**
 * Makes each of a service's programs one file of JavaScript with its source map.
 * @throws where it takes in a file that the image's key does not cover: the image would not be made anew when it changes.
 */
export async function bundle(spec: Bundle, files: Recipe["files"], folder: string): Promise<void> {
  const { build } = await import("esbuild"); // loaded only for a build: it is no part of a normal run
  const result = await build({
    absWorkingDir: projectRoot,
    entryPoints: Object.entries(spec.programs).map(([name, entry]) => ({
      in: entry,
      out: name.replace(/\.js$/, ""),
    })),
    outdir: folder,
    ...bundling,
    external: spec.external,
    metafile: true,
  });
  const covered = [...Object.keys(files), ...Object.keys(dependencyClosure(spec.manifest))];
  const stray = Object.keys(result.metafile.inputs).filter(
    (input) => !covered.some((known) => input === known || input.startsWith(`${known}/`)),
  );
  if (stray.length > 0)
    throw new Error(
      `${Object.values(spec.programs).join(", ")} takes in what its image's recipe does not name: ${stray.slice(0, 3).join(", ")}. Add the files to ` +
        `"files" in images/recipes/, or the packages to ${spec.manifest}`,
    );
}
