// Tests, and what they load, are transpiled by esbuild, which the project has anyway: a fresh clone is ready in a second, where
// ts-jest takes half a minute. Types are checked once for the whole tree by `npm run check`.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { extname } = require("node:path");
const { transformSync, version } = require("esbuild");

const options = {
  format: "cjs",
  target: "node20",
  sourcemap: "external",
  sourcesContent: false,
  supported: { "dynamic-import": false }, // it would go past jest's own registry of modules
};
const parts = [version, readFileSync(require.resolve("./transform.cjs"))];

/** Of what jest brings along: puts `jest.mock` above what loads the mocked modules. */
function hoisted({ code, map }) {
  const { transformSync } = require(fromJest("@babel/core"));
  const plugins = [fromJest("babel-plugin-jest-hoist")];
  const given = { babelrc: false, configFile: false, compact: false, sourceMaps: true, plugins };
  return transformSync(code, { ...given, inputSourceMap: JSON.parse(map) });
}

function fromJest(name) {
  const babelJest = require.resolve("babel-jest", { paths: [require.resolve("jest")] });
  return require.resolve(name, {
    paths: [require.resolve("babel-preset-jest", { paths: [babelJest] }), babelJest],
  });
}

module.exports = {
  process(source, file) {
    const loader = extname(file).endsWith("ts") ? "ts" : "js";
    const result = transformSync(source, { ...options, loader, sourcefile: file });
    return source.includes("jest.mock(") ? hoisted(result) : result;
  },
  getCacheKey(source, file, { instrument }) {
    const hash = createHash("sha256");
    for (const part of [...parts, file, String(instrument), source]) hash.update(part).update("\0");
    return hash.digest("hex");
  },
};
