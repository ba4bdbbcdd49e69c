import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { docker } from "../../engine/docker";
import { lastLines } from "../command";
import type { FetchContext } from "./types";

const hostCertificates = "/etc/ssl/certs/ca-certificates.crt";
const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/** A client's run in a throwaway container. */
export interface ContainerRun {
  script: string;
  /** The folder of the host that is /out in the container. */
  out: string;
  /** The client's own settings: files of the user's home, which the container has in its own. Mounted if there. */
  userFiles: string[];
  /** The client's own settings: variables that are passed on if set, by name, so that no value is in an argument. */
  variables: string[];
}

/** The user's home in the container. */
const home = "/home/client";

/**
 * Runs a package client that the host does not have. It trusts whom the host trusts: the host's certificates are
 * at /host/ca.crt, if it has any.
 */
export async function runInContainer(context: FetchContext, run: ContainerRun): Promise<void> {
  const mounts = [`type=bind,source=${run.out},target=/out`];
  const readOnly = (source: string, target: string) => {
    if (fs.existsSync(source)) mounts.push(`type=bind,source=${source},target=${target},readonly`);
  };
  readOnly(hostCertificates, "/host/ca.crt");
  for (const name of run.userFiles) readOnly(path.join(os.homedir(), name), path.posix.join(home, name));
  const variables = [...proxyVariables, ...run.variables].filter((name) => process.env[name] !== undefined);
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const write = (line: string) => fs.appendFileSync(context.logFile, `${line}\n`);
  try {
    await docker(
      [
        ...["run", "--rm", "--user", "0:0", "--entrypoint", "sh", "--label", "dev.mcp.fetch=1"],
        ...["--env", `HOME=${home}`],
        ...mounts.flatMap((mount) => ["--mount", mount]),
        ...variables.flatMap((name) => ["--env", name]),
        await context.toolImage(),
        ...["-c", `${run.script}\nchown -R ${owner} /out`],
      ],
      { onLine: write },
    );
  } catch {
    throw new Error(
      `fetching in a container failed:\n${lastLines(context.logFile)}\nAll it wrote: ${context.logFile}`,
    );
  }
}
