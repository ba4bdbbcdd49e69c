// Stack traces name the lines of the TypeScript. Only those that somebody reads and that lead through it are mapped, which
// few do; a map is read when a frame of its file is first met.
const { Buffer } = require("node:buffer");
const { SourceMap } = require("node:module");
const { loaded } = require("./transpile.cjs");

const maps = new Map();

Error.prepareStackTrace = (error, frames) =>
  [header(error), ...frames.map((frame) => `    at ${textOf(frame)}`)].join("\n");

function header(error) {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "<error>";
  }
}

function textOf(frame) {
  const text = String(frame);
  const file = frame.getFileName();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (!loaded.has(file) || !line || !column) return text;
  const found = mapOf(file).findEntry(line - 1, column - 1);
  if (found.originalLine === undefined) return text;
  return text.replace(
    `${file}:${line}:${column}`,
    () => `${file}:${found.originalLine + 1}:${found.originalColumn + 1}`,
  );
}

function mapOf(file) {
  const known = maps.get(file);
  if (known) return known;
  const encoded = loaded.get(file).split("//# sourceMappingURL=data:application/json;base64,").at(-1) ?? "";
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString()));
  maps.set(file, map);
  return map;
}
