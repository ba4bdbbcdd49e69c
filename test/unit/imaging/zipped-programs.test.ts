import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { strToU8, zipSync } from "fflate";
import { exportCache } from "../../../imaging/cache-export";
import { ensureDownload } from "../../../imaging/downloads";
import { downloadIdentity } from "../../../imaging/key";
import type { Download, NpmPrograms, WheelPrograms } from "../../../imaging/recipe";
import { useOwnCache } from "./cache-folder";

let mockRoot: string;
jest.mock("../../../imaging/cache", () => ({
  ...jest.requireActual<object>("../../../imaging/cache"),
  get projectRoot() {
    return mockRoot;
  },
}));

const cache = useOwnCache();
const searchPath = process.env["PATH"];
const tools = zipSync({ "bin/one": strToU8("first"), "bin/two": strToU8("second"), readme: strToU8("-") });
let integrity: string;

const wheel: WheelPrograms = {
  kind: "wheel-programs",
  requirements: "tools.lock",
  programs: { "bin/one": "one" },
  as: "tools",
};
const npmPackage = (): NpmPrograms => ({
  kind: "npm-programs",
  package: "tools",
  version: "1.0.0",
  integrity,
  zip: "lib/tools.zip",
  programs: { "bin/one": "first-tool", "bin/two": "second-tool" },
  as: "downloads/tools",
});

/** Puts a client on the PATH that lays the prepared file where its option says. */
function install(name: string, option: string, prepared: string): void {
  const script = `while [ "$1" != ${option} ]; do shift; done\ncp "${mockRoot}/${prepared}" "$2/"`;
  fs.writeFileSync(path.join(mockRoot, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const fetch = (download: Download) =>
  ensureDownload(download, () => undefined, {
    architecture: "amd64",
    logFile: path.join(cache.folder(), "log"),
    toolImage: () => Promise.reject(new Error("no image is needed")),
  });

beforeEach(() => {
  mockRoot = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-zip-"));
  fs.mkdirSync(path.join(mockRoot, "package/lib"), { recursive: true });
  fs.mkdirSync(path.join(mockRoot, "bin"));
  fs.writeFileSync(path.join(mockRoot, "package/lib/tools.zip"), tools);
  fs.writeFileSync(path.join(mockRoot, "tools-1.0.0.whl"), tools);
  fs.writeFileSync(path.join(mockRoot, "tools.lock"), "tools==1.0.0\n");
  execFileSync("tar", ["-czf", "tools-1.0.0.tgz", "package"], { cwd: mockRoot });
  const archive = fs.readFileSync(path.join(mockRoot, "tools-1.0.0.tgz"));
  integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  install("npm", "--pack-destination", "tools-1.0.0.tgz");
  install("pip3", "--dest", "tools-1.0.0.whl");
  process.env["PATH"] = `${path.join(mockRoot, "bin")}:${searchPath}`;
});
afterEach(() => {
  process.env["PATH"] = searchPath;
  fs.rmSync(mockRoot, { recursive: true });
});

test("an npm package's programs come out of its archive under their names, ready to run", async () => {
  const files = await fetch(npmPackage());
  expect(files.map(({ name, executable }) => [name, executable])).toEqual([
    ["downloads/tools/first-tool", true],
    ["downloads/tools/second-tool", true],
  ]);
  expect(files.map(({ source }) => fs.readFileSync(source, "utf8"))).toEqual(["first", "second"]);
});

test("so does a wheel's, and only the one that is named", async () => {
  const files = await fetch(wheel);
  expect(files.map(({ name, executable }) => [name, executable])).toEqual([["tools/one", true]]);
});

test("a package with another checksum is refused, and nothing of it is kept", async () => {
  await expect(fetch({ ...npmPackage(), integrity: "sha512-other" })).rejects.toThrow(
    /npm gave another tools@1\.0\.0/,
  );
  expect(fs.readdirSync(path.join(cache.folder(), "downloads"))).toEqual([]);
});

test.each<[string, () => Download]>([
  ["npm", () => ({ ...npmPackage(), programs: { "bin/three": "three" } })],
  ["PyPI", () => ({ ...wheel, programs: { "bin/three": "three" } })],
])("a program that a package of %s does not have is named", async (_registry, download) => {
  await expect(fetch(download())).rejects.toThrow(/has no bin\/three/);
});

test("what another machine has exported is taken from there, and npm is not asked", async () => {
  const source = path.join(mockRoot, "source");
  await fetch(npmPackage());
  await exportCache(source, () => undefined);
  fs.rmSync(path.join(cache.folder(), "downloads"), { recursive: true });
  fs.rmSync(path.join(mockRoot, "tools-1.0.0.tgz"));
  process.env["MCP_CACHE_SOURCE"] = source;
  try {
    const files = await fetch(npmPackage());
    expect(files.map(({ source: file }) => fs.readFileSync(file, "utf8"))).toEqual(["first", "second"]);
  } finally {
    delete process.env["MCP_CACHE_SOURCE"];
  }
});

test("which archive and which programs decide what it is; the lock of a wheel does, too", () => {
  const identities = [
    npmPackage(),
    { ...npmPackage(), zip: "lib/other.zip" },
    { ...npmPackage(), programs: { "bin/one": "first-tool" } },
    wheel,
    { ...wheel, programs: { "bin/two": "two" } },
  ].map(downloadIdentity);
  fs.appendFileSync(path.join(mockRoot, "tools.lock"), "# another\n");
  expect(new Set([...identities, downloadIdentity(wheel)]).size).toBe(6);
});
