/**
 * Run as an image is built: puts the programs of a package into /servers/bin, and the one that is started by default at
 * /servers/program. That is its only one, or the one that is called like the package, as with `npx` and `uvx`. Where
 * there is no such one, a program stands there that says which there are.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [, , registry, name] = process.argv;
const programs = registry === "npm" ? npmPrograms() : pythonPrograms();

mkdirSync("/servers/bin");
for (const [program, file] of Object.entries(programs)) symlinkSync(file, join("/servers/bin", program));

const names = Object.keys(programs);
const byDefault = names.length === 1 ? names[0] : names.find((program) => program === plainName(name));
if (byDefault !== undefined) {
  symlinkSync(join("/servers/bin", byDefault), "/servers/program");
} else {
  const which = names.length === 0 ? "no programs" : `the programs ${names.join(", ")}`;
  writeFileSync(
    "/servers/program",
    `#!/bin/sh\necho '${name} has ${which}; name one in the setting "program"' >&2\nexit 1\n`,
  );
  chmodSync("/servers/program", 0o755);
}

/** By name, the file of each. Source: npm's documentation of package.json, "bin". */
function npmPrograms() {
  const folder = join("/servers/node/node_modules", name);
  const { bin = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const named = typeof bin === "string" ? { [plainName(name)]: bin } : bin;
  const files = Object.entries(named).map(([program, file]) => [program, resolve(folder, file)]);
  for (const [, file] of files) chmodSync(file, 0o755);
  return Object.fromEntries(files);
}

/** Likewise. Source: the Python packaging guide, "Entry points specification". */
function pythonPrograms() {
  const normal = (text) => text.toLowerCase().replace(/[-_.]+/g, "-");
  const folder = readdirSync("/servers/python").find(
    (entry) => entry.endsWith(".dist-info") && normal(entry.split("-")[0]) === normal(name),
  );
  const entryPoints = folder ? readIfThere(join("/servers/python", folder, "entry_points.txt")) : "";
  const section = /^\[console_scripts\]\n([^[]*)/m.exec(entryPoints)?.[1] ?? "";
  const scripts = [...section.matchAll(/^\s*([^\s=]+)\s*=/gm)].map(([, script]) => script);
  return Object.fromEntries(scripts.map((script) => [script, join("/servers/python/bin", script)]));
}

/** A package's name without its scope. */
function plainName(name) {
  return name.replace(/^@[^/]+\//, "");
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
