import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../cache";
import { command, hasProgram } from "../command";
import type { ModuleFiles } from "../recipe";
import type { FetchContext } from "./types";

/** What a build with the host's Go is told by environment: the Go at hand rather than one to download, and no workspace. */
export const goEnvironment = { GOTOOLCHAIN: "local", GOWORK: "off" };

/**
 * Copies folders out of Go modules.
 * @returns the folder that holds the copies.
 */
export async function fetchModuleFiles(download: ModuleFiles, context: FetchContext): Promise<string> {
  const target = path.join(context.scratch, "files");
  for (const [required, folders] of Object.entries(download.folders)) {
    const source = await moduleFolder(download.module, required, context);
    for (const [folder, name] of Object.entries(folders))
      fs.cpSync(path.join(source, folder), path.join(target, name), { recursive: true });
  }
  // Go keeps its modules read-only; who keeps the copy must be able to remove it.
  await command("chmod", ["-R", "u+w", target], { logFile: context.logFile });
  return target;
}

/**
 * Brings a module that one of the project's requires to where Go keeps modules, checked against the project's go.sum.
 * @returns its folder there, which is read-only.
 */
export async function moduleFolder(module: string, required: string, context: FetchContext): Promise<string> {
  if (!hasProgram("go"))
    throw new Error(
      `${required} is a Go module, and there is no Go on the PATH: install Go (https://go.dev/doc/install), ` +
        'or set the image source "registry"',
    );
  const answer = path.join(context.scratch, "module.json");
  fs.writeFileSync(answer, "");
  const options = { cwd: path.join(projectRoot, module), env: goEnvironment };
  await command("go", ["mod", "download", required], { ...options, logFile: context.logFile });
  await command("go", ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", required], {
    ...options,
    logFile: answer,
  });
  return fs.readFileSync(answer, "utf8").trim();
}
