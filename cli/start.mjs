// The way into every `npm run` command: brings the Node packages, then hands over to TypeScript. Plain JavaScript on
// built-in modules only, as it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Node ${process.versions.node} is too old: install Node 20.19 or newer, then run the command again.`,
  );
  process.exit(1);
}

const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const stamp = join(root, "node_modules", ".installed-lock");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.error("Installing the project's Node packages into node_modules (about 20 s) …");
  // The lock file is the truth, and what it pins needs no install scripts.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) {
    console.error(
      "npm could not install the packages; its message is above. When it is mended, run the command again.",
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

// In this process: another one would cost each command half of its time.
process.chdir(root);
const require = createRequire(import.meta.url);
require("../loader/register.cjs");
require("./main.ts");
