// Loads the project's TypeScript without type checks. What was transpiled once is kept by its content, for all checkouts of
// the user, so an edit always counts and an unchanged file costs a read. On ready-made loaders a preview takes half a
// second longer: they look at every file of node_modules, or transpile all of the project each time.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { cacheRoot } = require("./cache-root.cjs");

const options = {
  loader: "ts",
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  sourcesContent: false, // the source is there
  supported: { "dynamic-import": false }, // it would go past this loader
};

const { version } = require("esbuild/package.json");
const cache = path.join(cacheRoot(), "transpiled");

/** How many files the cache may hold; beyond that the older half goes, and what is still used is made again. */
const most = 8_000;

/** Where each file that was loaded has its JavaScript, with the map that leads back; see traces.cjs. */
const loaded = new Map();

require.extensions[".ts"] = (module, file) => {
  const source = fs.readFileSync(file, "utf8");
  const name = path.basename(file); // the map names it beside itself, so that it serves wherever the project lies
  const key = createHash("sha256")
    .update(JSON.stringify([version, options, name, source]))
    .digest("hex");
  const code = cached(key, () => transpile(source, name, file));
  loaded.set(file, code);
  module._compile(code, file);
};

function transpile(source, name, file) {
  const { transformSync } = require("esbuild"); // only where something is new: it starts a process
  try {
    return transformSync(source, { ...options, sourcefile: name }).code;
  } catch (error) {
    throw new SyntaxError(error.message.replaceAll(`${name}:`, `${file}:`), { cause: error });
  }
}

/** The text of a file in the cache, made where it is missing; a cache that can't be written is done without. */
function cached(key, make) {
  const file = path.join(cache, key);
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    const text = make();
    try {
      keep(file, text);
    } catch {
      // Next time, then.
    }
    return text;
  }
}

function keep(file, text) {
  fs.mkdirSync(cache, { recursive: true, mode: 0o700 });
  const scratch = `${file}.${process.pid}`;
  fs.writeFileSync(scratch, text);
  fs.renameSync(scratch, file); // whole or not at all, as several processes load at once
  const files = fs.readdirSync(cache);
  if (files.length <= most) return;
  const made = files.map((name) => [fs.statSync(path.join(cache, name)).mtimeMs, name]);
  const old = made.sort(([one], [other]) => one - other).slice(0, most / 2);
  for (const [, name] of old) fs.rmSync(path.join(cache, name), { force: true });
}

module.exports = { loaded };
