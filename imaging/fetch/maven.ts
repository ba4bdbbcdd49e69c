import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { command, hasProgram } from "../command";
import type { Download } from "../recipe";
import { runInContainer } from "./container";
import type { FetchContext } from "./types";

const copyGoal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy";

/** Java reads no PEM bundle: the host's certificates go into the container's own store, which feeds Java's. */
const trustHost = `if [ -f /host/ca.crt ]; then
  awk '/BEGIN CERT/{n++} n{print > ("/usr/local/share/ca-certificates/host-" n ".crt")}' /host/ca.crt
  update-ca-certificates >/dev/null
fi`;

/**
 * Fetches an artifact with Maven, the host's or one in a throwaway container. It finds its repository by the user's
 * settings. Its own plugins go to a folder that is thrown away, not to the user's.
 * @returns the artifact's file.
 * @throws where its checksum is not the recipe's.
 */
export async function fetchMaven(
  download: Download & { kind: "maven" },
  context: FetchContext,
): Promise<string> {
  const folder = path.join(context.scratch, "maven");
  fs.mkdirSync(folder);
  const args = (target: string, repository: string) => [
    "--batch-mode",
    "--quiet",
    `-Dmaven.repo.local=${repository}`,
    copyGoal,
    `-Dartifact=${download.artifact}`,
    `-DoutputDirectory=${target}`,
  ];
  if (hasProgram("mvn")) {
    await command("mvn", args(folder, path.join(context.scratch, "m2")), {
      cwd: context.scratch,
      logFile: context.logFile,
    });
  } else {
    // Java's packages fail without a folder for manuals, which a slim Debian does not have.
    const install = "mkdir -p /usr/share/man/man1 && apt-get update && apt-get install -y maven";
    // Java looks for a home in the list of users, not in the environment.
    const settings = "$([ ! -f ~/.m2/settings.xml ] || echo --settings ~/.m2/settings.xml)";
    await runInContainer(context, {
      script: `set -e\n${install}\n${trustHost}\nmvn ${settings} ${args("/out", "/tmp/m2").join(" ")}`,
      out: folder,
      userFiles: [".m2/settings.xml"],
      variables: ["MAVEN_OPTS", "MAVEN_ARGS"],
    });
  }
  const file = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith(".jar")) ?? "");
  const sha256 = createHash("sha256").update(fs.readFileSync(file)).digest("hex");
  if (sha256 !== download.sha256)
    throw new Error(
      `Maven gave another ${download.artifact} than the recipe names: ${sha256} instead of ${download.sha256}`,
    );
  return file;
}
