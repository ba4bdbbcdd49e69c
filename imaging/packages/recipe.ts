import type { Recipe } from "../recipe";
import { lockFileOf } from "./lock-file";
import type { HostedPackage } from "./package";

/** What is the same for all packages: they stand on the host, which tells what they start by default. */
const common = {
  base: "mcp-host",
  files: { "images/hosted/default-program.mjs": "default-program.mjs" },
} as const;

/** How a package becomes an image: fetched as its lock says, and laid on top of `mcp-host`. */
export function packageRecipe(hosted: HostedPackage): Recipe {
  const lock = lockFileOf(hosted);
  const args = { PACKAGE: hosted.name };
  if (hosted.registry === "npm")
    return {
      ...common,
      arguments: args,
      dockerfile: "images/hosted/npm.Dockerfile",
      downloads: [{ kind: "npm-tree", lock, as: "downloads/npm" }],
      seconds: 5,
    };
  return {
    ...common,
    arguments: args,
    dockerfile: "images/hosted/pypi.Dockerfile",
    files: { ...common.files, [lock]: "requirements.lock" },
    downloads: [
      { kind: "wheels", requirements: "images/python/pip.lock", as: "downloads/pip" },
      { kind: "wheels", requirements: lock, as: "downloads/wheels" },
    ],
    seconds: 10,
  };
}
