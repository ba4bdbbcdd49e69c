import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ensureDownload } from "../../../imaging/downloads";
import { downloadIdentity } from "../../../imaging/key";
import type { BrowserProgram, Download, ModuleFiles } from "../../../imaging/recipe";
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
const requiring = "images/go/pages";
const files: ModuleFiles = {
  kind: "module-files",
  module: requiring,
  folders: { "example.com/pages": { schemas: "all/schemas", "ui/app": "app" } },
  as: "downloads/files",
};
const program: BrowserProgram = {
  kind: "browser",
  module: requiring,
  from: "example.com/pages",
  folder: "ui",
  entry: "app/src/main.ts",
  files: { "images/pages/polite.ts": "polite.ts" },
  sources: { "@pages/greeting": "./polite.ts" },
  as: "downloads/pages",
  seconds: 1,
};

/** The module as Go keeps it: read-only. */
const carried: Record<string, string> = {
  "schemas/deep/one.cue": "one",
  "ui/package-lock.json": "{}",
  "ui/app/src/main.ts":
    'import { greeting } from "@pages/greeting";\nimport { name } from "packaged";\n' +
    'document.title = greeting(name);\nvoid import("./later");\n',
  "ui/app/src/later.ts": "document.body.append(process.env.NODE_ENV as string);\n",
  "ui/greeting/src/index.ts": "export const greeting = (name: string): string => `hello ${name}`;\n",
};

beforeEach(() => {
  mockRoot = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-modules-"));
  write(path.join(mockRoot, requiring), {
    "go.mod": "module pages\n",
    "go.sum": "sum\n",
    "main.go": "package main\n",
  });
  lockBundler("1.0.0");
  writePolite("dear");
  const kept = path.join(mockRoot, "kept");
  write(kept, carried);
  for (const entry of fs.readdirSync(kept, { recursive: true, withFileTypes: true }))
    fs.chmodSync(path.join(entry.parentPath, entry.name), entry.isFile() ? 0o444 : 0o555);
  install("go", `case "$1 $2" in "mod download") ;; *) echo "${kept}" ;; esac`);
  // As `npm ci` does: packages beside the lock file of the folder it runs in.
  const packaged =
    "mkdir -p node_modules/packaged && echo 'export const name = \"pages\";' >node_modules/packaged/index.js";
  install("npm", `[ -f package-lock.json ] && [ "$1" = ci ] && ${packaged}`);
  process.env["PATH"] = `${path.join(mockRoot, "bin")}:${searchPath}`;
});
afterEach(() => {
  process.env["PATH"] = searchPath;
  for (const entry of fs.readdirSync(mockRoot, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) fs.chmodSync(path.join(entry.parentPath, entry.name), 0o755);
  fs.rmSync(mockRoot, { recursive: true });
});

test("folders of a module come with all that is below them, under the names they are given", async () => {
  const fetched = await fetch(files);
  expect(Object.keys(fetched)).toEqual([
    "downloads/files/all/schemas/deep/one.cue",
    "downloads/files/app/src/later.ts",
    "downloads/files/app/src/main.ts",
  ]);
  expect(fetched["downloads/files/all/schemas/deep/one.cue"]).toBe("one");
});

test("a program for browsers holds its packages, its sources and what it loads later, and nothing of Node", async () => {
  const fetched = await fetch(program);
  const [later = "", ...rest] = Object.keys(fetched);
  expect(rest).toEqual(["downloads/pages/main.js"]);
  expect(later).toMatch(/^downloads\/pages\/assets\/later-[A-Z0-9]{8}\.js$/);
  expect(fetched["downloads/pages/main.js"]).toContain("hello ");
  expect(fetched["downloads/pages/main.js"]).toContain("dear ");
  expect(fetched["downloads/pages/main.js"]).toContain(path.posix.basename(later));
  expect(fetched[later]).toContain("production");
});

test.each<Download>([files, program])(
  "%j is made once, and again when its modules change",
  async (download) => {
    await fetch(download);
    fs.rmSync(path.join(mockRoot, "bin"), { recursive: true });
    await fetch(download);
    const before = downloadIdentity(download);
    write(path.join(mockRoot, requiring), { "main.go": "package main // another\n" });
    expect(downloadIdentity(download)).toBe(before);
    write(path.join(mockRoot, requiring), { "go.sum": "another sum\n" });
    expect(downloadIdentity(download)).not.toBe(before);
  },
);

test.each([
  ["another bundler", () => lockBundler("1.0.1")],
  ["a file of the project's own", () => writePolite("honoured")],
])("%s makes another program", (_what, change) => {
  const before = downloadIdentity(program);
  change();
  expect(downloadIdentity(program)).not.toBe(before);
});

test("without Go, the error says what to install", async () => {
  process.env["PATH"] = path.join(mockRoot, "empty");
  await expect(fetch(files)).rejects.toThrow(
    /example\.com\/pages is a Go module, .* install Go .* "registry"/,
  );
});

/** The version of the bundler in the project's lock file. */
function lockBundler(version: string): void {
  write(mockRoot, {
    "package-lock.json": JSON.stringify({ packages: { "node_modules/esbuild": { version } } }),
  });
}

/** A file of the project's own that takes the place of a package, and uses it. */
function writePolite(word: string): void {
  const polite = `import { greeting as plain } from "./greeting/src";\n
    export const greeting = (name: string): string => plain(\`${word} \${name}\`);\n`;
  write(mockRoot, { "images/pages/polite.ts": polite });
}

/** What a download consists of, by name. */
async function fetch(download: Download): Promise<Record<string, string>> {
  const fetched = await ensureDownload(download, () => undefined, {
    architecture: "amd64",
    logFile: path.join(cache.folder(), "log"),
    toolImage: () => Promise.reject(new Error("no image is needed")),
  });
  const entries = fetched.map(({ name, source }) => [name, fs.readFileSync(source, "utf8")] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function install(name: string, script: string): void {
  write(path.join(mockRoot, "bin"), { [name]: `#!/bin/sh\n${script}\n` });
  fs.chmodSync(path.join(mockRoot, "bin", name), 0o755);
}

function write(folder: string, contents: Record<string, string>): void {
  for (const [name, content] of Object.entries(contents)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
}
