import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { dependencyClosure, type LockedPackages } from "../../../imaging/closure";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-closure-"));
const manifest = path.relative(path.resolve(__dirname, "../../.."), path.join(folder, "package.json"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function closure(dependencies: Record<string, string>, packages: LockedPackages) {
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ dependencies }));
  return Object.keys(dependencyClosure(manifest, packages));
}

test("finds each package where Node does: its own folder first, then further up", () => {
  const packages: LockedPackages = {
    "node_modules/a": { version: "1.0.0", dependencies: { b: "2", c: "1" } },
    "node_modules/a/node_modules/b": { version: "2.0.0", dependencies: { c: "1" } },
    "node_modules/b": { version: "1.0.0" },
    "node_modules/c": { version: "1.0.0", dependencies: { a: "1" } },
    "node_modules/@scope/d": { version: "1.0.0", peerDependencies: { c: "1" } },
    "node_modules/other": { version: "1.0.0" },
  };
  expect(closure({ a: "1.0.0" }, packages)).toEqual([
    "node_modules/a",
    "node_modules/a/node_modules/b",
    "node_modules/c",
  ]);
  expect(closure({ "@scope/d": "1.0.0" }, packages)).toContain("node_modules/a/node_modules/b");
});

test("leaves out optional packages that are not installed", () => {
  const packages = { "node_modules/a": { version: "1.0.0", optionalDependencies: { native: "1" } } };
  expect(closure({ a: "1.0.0" }, packages)).toEqual(["node_modules/a"]);
});

test("says what to do about a dependency that is not locked, or otherwise", () => {
  expect(() => closure({ a: "1.0.0" }, {})).toThrow(
    /needs a, which is not installed: add it to package.json/,
  );
  expect(() => closure({ a: "1.0.0" }, { "node_modules/a": { version: "1.0.1" } })).toThrow(
    /needs a 1.0.0, package-lock.json has 1.0.1: make them the same/,
  );
});
