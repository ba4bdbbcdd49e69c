import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenImageSource } from "../../config/image-source";
import { docker } from "../../engine/docker";
import { ensureImage } from "../../imaging";
import { forgetImage } from "./databases";

const services = join(__dirname, "..", "..", "services");

/** Variables that the tests set and the server reads. */
const passed = "POSTGRES_|MARIADB_|MCP_|PYTHON_|TEST_|LOG_";

/**
 * A command that is the image's own Python, confined as the cluster confines it, with the services' sources in place:
 * what the tests start is what users run. It shares the host's network and temporary files with the
 * tests, and its processes' numbers with a neighbour's, as a server only lets those attach whose number it can see.
 */
export async function pythonForTests(
  neighbour: string,
): Promise<{ command: string; forget: () => Promise<void> }> {
  const request = { image: "python-experimental", source: chosenImageSource("auto") } as const;
  const image = await ensureImage(request, { log: () => undefined });
  const script = join(mkdtempSync(join(tmpdir(), "python-for-tests-")), "python3");
  const options = [
    `--rm --interactive --network host --pid container:${neighbour} --user 10001:10001 --label dev.mcp.test=services`,
    "--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 128 --memory 1g",
    `--volume "${tmpdir()}:${tmpdir()}" --volume "${services}:${services}:ro" --workdir "${services}/python-experimental"`,
  ];
  const packages = (await docker(["run", "--rm", "--entrypoint", "printenv", image, "PYTHONPATH"])).trim();
  // The image's packages stay in reach, behind what the tests put first.
  options.push(`--env PYTHONPATH="$PYTHONPATH:${packages}"`);
  const environment = `$(env | sed -nE 's/^((${passed})[A-Z_]*)=.*/--env \\1/p')`;
  writeFileSync(
    script,
    `#!/bin/sh\nexec docker run ${environment} ${options.join(" ")} --entrypoint python3 ${image} "$@"\n`,
  );
  chmodSync(script, 0o755);
  return { command: script, forget: () => forgetImage(image) };
}
