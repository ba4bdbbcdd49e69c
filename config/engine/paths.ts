import { statSync } from "node:fs";
import { engineSocket } from "../../engine/endpoint";
import type { Topology } from "../../topology";
import { allServices } from "../../topology/services";
import { type Problem, removeCommand } from "../errors";
import type { Settings } from "../schema";

/** A path that a setting gives, and what has to be there. */
interface Named {
  key: string;
  path: string | undefined;
  what: "file" | "folder";
}

type Paths = Pick<Settings, "kubeconfig" | "projectFolder" | "folders">;

/**
 * Files and folders that settings name, that services mount, and that are not there: the engine would make a folder of root's in
 * their place. Not asked where the engine is on another machine, as theirs are there.
 */
export function missingPaths(topology: Topology, { kubeconfig, projectFolder, folders }: Paths): Problem[] {
  if (engineSocket() === undefined) return [];
  const mounted = allServices(topology).flatMap(({ binds = [] }) => binds.map(({ source }) => source));
  const inProject = mounted.some((source) => typeof source !== "string");
  const named: Named[] = [
    { key: "mcp:kubeconfig", path: kubeconfig, what: "file" },
    ...Object.entries(folders).map(([name, { source }]): Named => ({
      key: `mcp:folders.${name}.source`,
      path: source,
      what: "folder",
    })),
    ...(inProject ? [{ key: "mcp:projectFolder", path: projectFolder, what: "folder" } as const] : []),
  ];
  return named.flatMap(({ key, path, what }): Problem[] => {
    if (path === undefined || !(mounted.includes(path) || key === "mcp:projectFolder")) return [];
    const wrong = wrongAt(path, what);
    // A folder without its source is none.
    const fix = removeCommand(key.replace(/\.source$/, ""));
    return wrong === undefined ? [] : [{ key, value: JSON.stringify(path), wrong, fix }];
  });
}

/** What else is there, such as a socket, is for the policies to judge; what may not be looked at is the engine's to find. */
function wrongAt(path: string, what: Named["what"]): string | undefined {
  try {
    const found = statSync(path);
    if (what === "file" && found.isDirectory()) return "names a folder, and not a file";
    return what === "folder" && found.isFile() ? "names a file, and not a folder" : undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return ["ENOENT", "ENOTDIR", "ELOOP"].includes(code) ? `names no ${what} on this machine` : undefined;
  }
}
