import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const usual = "unix:///var/run/docker.sock";

/**
 * The unix socket that the docker CLI would call here, by DOCKER_HOST and the user's contexts. Undefined where it would call
 * something else, or that can't be told: then the CLI carries the connection.
 */
export function engineSocket(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (process.platform === "win32") return undefined;
  if (env.DOCKER_HOST) return socketOf(env.DOCKER_HOST);
  try {
    const folder = env.DOCKER_CONFIG || join(homedir(), ".docker");
    const context =
      env.DOCKER_CONTEXT ||
      readJson<{ currentContext?: string }>(join(folder, "config.json"))?.currentContext;
    return socketOf(!context || context === "default" ? usual : hostOf(folder, context));
  } catch {
    return undefined;
  }
}

/** A context's endpoint, as the CLI keeps it in a folder that is called by the hash of the context's name. */
function hostOf(folder: string, context: string): string {
  const name = createHash("sha256").update(context).digest("hex");
  const file = join(folder, "contexts", "meta", name, "meta.json");
  return readJson<{ Endpoints?: { docker?: { Host?: string } } }>(file)?.Endpoints?.docker?.Host ?? "";
}

/** Undefined where there is no such file. */
function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function socketOf(host: string): string | undefined {
  return /^unix:\/\/(\/.+)$/.exec(host)?.[1];
}
