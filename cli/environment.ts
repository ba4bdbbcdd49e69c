import { delimiter, join } from "node:path";
import { outputOf } from "./process";
import { pulumiFolder, toolchainFolder } from "./setup/pulumi";
import { stateEnvironment } from "./setup/state";

/** The variables with which a plain `pulumi` works as it does in the project's own commands. */
export async function pulumiEnvironment(): Promise<Record<string, string>> {
  const folder = await pulumiFolder();
  const state = stateEnvironment();
  return {
    ...state,
    ...(folder === toolchainFolder() ? toolchainEnvironment(folder, "PULUMI_BACKEND_URL" in state) : {}),
    ...(await dockerHost()),
    ...(folder ? { PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` } : {}),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Pulumi and its plugins hold 25 MB each and end within seconds: memory that is freed more seldom saves a twentieth.
    GOGC: process.env.GOGC ?? "400",
  };
}

/**
 * The toolchain's providers lie in a plugin folder of their own, which Pulumi takes as it takes downloaded ones. Where the
 * user's own Pulumi home is needed for its login, they are found on the PATH instead, which Pulumi remarks on.
 */
function toolchainEnvironment(folder: string, ownState: boolean): Record<string, string> {
  if (!ownState) return {};
  return { PULUMI_HOME: join(folder, "home"), PULUMI_IGNORE_AMBIENT_PLUGINS: "true" };
}

/** Puts those variables into this process, for all that it runs. */
export async function useEnvironment(): Promise<void> {
  Object.assign(process.env, await pulumiEnvironment());
}

/** The Docker provider knows DOCKER_HOST and no contexts; the context that the user chose is named to it here. */
async function dockerHost(): Promise<Record<string, string>> {
  if (process.env.DOCKER_HOST) return {};
  const host = (
    await outputOf("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"])
  )?.trim();
  return host && host !== "unix:///var/run/docker.sock" ? { DOCKER_HOST: host } : {};
}
