// Loads the project's TypeScript as it stands in its files, without type checks. What was transpiled once is kept by its
// content, so an edit always counts and an unchanged file costs a read. On ready-made loaders a preview takes half a
// second longer: they look at every file of node_modules, or transpile all of the project each time.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const root = path.dirname(__dirname);
const { version } = require("esbuild/package.json");
const cache = path.join(root, "node_modules", ".cache", `loader-esbuild-${version}`);

const options = {
  loader: "ts",
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  supported: { "dynamic-import": false }, // it would go past this loader
};

require.extensions[".ts"] = (module, file) => {
  const source = fs.readFileSync(file, "utf8");
  const key = createHash("sha256")
    .update(JSON.stringify(options))
    .update(file)
    .update("\0")
    .update(source)
    .digest("hex");
  module._compile(
    cached(path.join(cache, `${key}.js`), () => transpile(source, file)),
    file,
  );
};

function transpile(source, file) {
  const { transformSync } = require("esbuild"); // only where something is new: it starts a process
  return transformSync(source, { ...options, sourcefile: file }).code;
}

/** The text of a file in the cache, made where it is missing; a cache that can't be written is done without. */
function cached(file, make) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    const text = make();
    try {
      fs.mkdirSync(cache, { recursive: true });
      const scratch = `${file}.${process.pid}`;
      fs.writeFileSync(scratch, text);
      fs.renameSync(scratch, file); // whole or not at all, as several processes load at once
    } catch {
      // Next time, then.
    }
    return text;
  }
}
