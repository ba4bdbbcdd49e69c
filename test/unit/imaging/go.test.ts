import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { downloadIdentity } from "../../../imaging/key";
import { ensureDownload } from "../../../imaging/downloads";
import type { GoProgram } from "../../../imaging/recipe";
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
const program: GoProgram = {
  kind: "go",
  module: "images/go/tool",
  package: "example.com/tool/cmd/tool",
  tags: ["netgo", "no_cgo"],
  ldflags: "-X main.version=1.2.3",
  as: "downloads/tool",
  seconds: 1,
};
let lines: string[];
const build = (download = program, architecture = "amd64") =>
  ensureDownload(download, (line) => lines.push(line), {
    architecture,
    logFile: path.join(cache.folder(), "log"),
    toolImage: () => Promise.reject(new Error("no image is needed")),
  });

/** What the Go of the tests was told, a line each time it was run. */
const calls = () => {
  const file = path.join(mockRoot, "calls");
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
};

beforeEach(() => {
  lines = [];
  mockRoot = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-go-"));
  fs.mkdirSync(path.join(mockRoot, program.module), { recursive: true });
  fs.writeFileSync(path.join(mockRoot, program.module, "go.mod"), "module tool\n");
  fs.mkdirSync(path.join(mockRoot, "bin"));
});
afterEach(() => {
  process.env["PATH"] = searchPath;
  fs.rmSync(mockRoot, { recursive: true });
});

/** Puts a Go on the PATH that notes what it is told and does as the script says. */
function installGo(script: string): void {
  const note = `echo "$PWD $GOOS/$GOARCH $CGO_ENABLED $GOTOOLCHAIN $*" >>"${mockRoot}/calls"`;
  fs.writeFileSync(path.join(mockRoot, "bin/go"), `#!/bin/sh\n${note}\n${script}\n`, { mode: 0o755 });
  process.env["PATH"] = `${path.join(mockRoot, "bin")}:${searchPath}`;
}

test("a program is built static, from its module's own folder, for the engine's machine", async () => {
  installGo(`echo binary >"$3"`);
  const [file] = await build(program, "arm64");
  expect(file).toMatchObject({ name: "downloads/tool", executable: true });
  expect(fs.readFileSync(file?.source ?? "", "utf8")).toBe("binary\n");
  const [call] = calls();
  expect(call).toMatch(`${mockRoot}/images/go/tool linux/arm64 0 local build -o `);
  expect(call).toMatch(/ -mod=readonly -trimpath .*-tags netgo,no_cgo -ldflags -s -w -X main.version=1.2.3 /);
  expect(call).toMatch(/ example\.com\/tool\/cmd\/tool$/);
  expect(lines[0]).toBe("building example.com/tool/cmd/tool of images/go/tool with Go");
});

test("it is built once for one content, and again for another machine or another content", async () => {
  installGo(`echo binary >"$3"`);
  await build();
  await build();
  expect(calls()).toHaveLength(1);
  await build(program, "arm64");
  expect(calls()).toHaveLength(2);
  fs.appendFileSync(path.join(mockRoot, program.module, "go.mod"), "// changed\n");
  await build();
  expect(calls()).toHaveLength(3);
});

test.each<Partial<GoProgram>>([{ package: "." }, { tags: [] }, { ldflags: "" }, { as: "downloads/other" }])(
  "%j makes another program of it",
  (change) => {
    expect(downloadIdentity({ ...program, ...change })).not.toBe(downloadIdentity(program));
  },
);

test("how long it takes says nothing of what it is", () => {
  expect(downloadIdentity({ ...program, seconds: 99 })).toBe(downloadIdentity(program));
});

test("two programs are built one after the other", async () => {
  installGo(`mkdir "${mockRoot}/busy" || exit 7; sleep 0.3; echo binary >"$3"; rmdir "${mockRoot}/busy"`);
  await Promise.all([build(), build({ ...program, as: "downloads/other" })]);
  expect(calls()).toHaveLength(2);
});

test("a build that fails says what Go said, and is tried again the next time", async () => {
  installGo("echo 'missing go.sum entry' >&2; exit 1");
  await expect(build()).rejects.toThrow(/missing go\.sum entry/);
  installGo(`echo binary >"$3"`);
  await expect(build()).resolves.toHaveLength(1);
});

test("without Go, the error says what to install", async () => {
  process.env["PATH"] = path.join(mockRoot, "bin");
  await expect(build()).rejects.toThrow(
    /example\.com\/tool\/cmd\/tool is built from Go modules, and there is no Go on the PATH: install Go .* "registry"/,
  );
});
