import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { create } from "tar";
import { exportCache } from "../../../imaging/cache-export";
import { checksumInSource, takeFromSource } from "../../../imaging/cache-source";
import { useOwnCache } from "./cache-folder";

const cache = useOwnCache();
const quiet = () => undefined;
const tool = "0123456789abcdef-tool";
const image = "postgres-0123456789abcdef";
const imageEntry = `${image}-${process.arch}`;
const toolchain = "linux-x64-0123456789abcdef";
let source: string;

const inCache = (...names: string[]) => path.join(cache.folder(), ...names);
const inSource = (...names: string[]) => path.join(source, ...names);
const archive = () => inSource("downloads", `${tool}.tar.gz`);
const takeTool = () => takeFromSource("downloads", tool, [tool], quiet);

function write(file: string, content: string | Buffer, mode = 0o644): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content, { mode });
}

const failureOf = (taking: Promise<boolean>) =>
  taking.then(
    () => "it was taken",
    (error: Error) => error.message,
  );

/** Puts an archive into the source with the checksum that it has. */
function offer(kind: string, entry: string, content: Buffer): void {
  write(inSource(kind, `${entry}.tar.gz`), content);
  const checksum = createHash("sha256").update(content).digest("hex");
  write(inSource(kind, `${entry}.tar.gz.sha256`), `${checksum}  ${entry}.tar.gz\n`);
}

/** Takes all away that the cache has, as on another machine. */
function emptyCache(): void {
  for (const kind of ["images", "downloads", "toolchain"])
    fs.rmSync(inCache(kind), { recursive: true, force: true });
}

beforeEach(async () => {
  source = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-source-"));
  process.env["MCP_CACHE_SOURCE"] = source;
  write(inCache("downloads", tool, "bin", "tool"), "#!/bin/sh\n", 0o755);
  write(inCache("downloads", "debootstrap-bookworm", "some.deb"), "-");
  write(inCache("images", `${image}.tar`), "layers");
  write(inCache("images", `${image}.json`), "{}");
  write(inCache("images", "unfinished-0123456789abcdef.tar"), "layers");
  write(inCache("toolchain", toolchain, "pulumi"), "pulumi", 0o755);
  write(inCache("toolchain", toolchain, "home", "credentials.json"), "secret");
  await exportCache(source, quiet);
  emptyCache();
});
afterEach(() => {
  delete process.env["MCP_CACHE_SOURCE"];
  fs.rmSync(source, { recursive: true });
});

describe("a folder that was exported", () => {
  test("gives each kind of entry as it was: its bytes, and what is a program", async () => {
    await expect(takeTool()).resolves.toBe(true);
    expect(fs.statSync(inCache("downloads", tool, "bin", "tool")).mode & 0o777).toBe(0o755);
    const files = [`${image}.tar`, `${image}.json`];
    await expect(takeFromSource("images", imageEntry, files, quiet)).resolves.toBe(true);
    expect(fs.readFileSync(inCache("images", `${image}.tar`), "utf8")).toBe("layers");
    await expect(takeFromSource("toolchain", toolchain, [toolchain], quiet)).resolves.toBe(true);
    expect(fs.readFileSync(inCache("toolchain", toolchain, "pulumi"), "utf8")).toBe("pulumi");
  });

  test("has what is whole and known by its content, and nothing of Pulumi's home", async () => {
    const names = fs.readdirSync(source, { recursive: true }).map(String);
    expect(names.filter((name) => name.endsWith(".gz")).sort()).toEqual([
      `downloads/${tool}.tar.gz`,
      `images/${imageEntry}.tar.gz`,
      `toolchain/${toolchain}.tar.gz`,
    ]);
    await takeFromSource("toolchain", toolchain, [toolchain], quiet);
    expect(fs.readdirSync(inCache("toolchain", toolchain))).toEqual(["pulumi"]);
  });

  test("has checksums as sha256sum writes them", () => {
    const hash = createHash("sha256").update(fs.readFileSync(archive())).digest("hex");
    expect(fs.readFileSync(`${archive()}.sha256`, "utf8")).toBe(`${hash}  ${tool}.tar.gz\n`);
  });

  test("gets only what is new in the next export", async () => {
    await takeTool();
    write(inCache("downloads", "fedcba9876543210-other"), "other");
    await expect(exportCache(source, quiet)).resolves.toBe(1);
  });
});

describe("what a source lacks is made here", () => {
  test.each([
    ["no source is set", () => delete process.env["MCP_CACHE_SOURCE"]],
    ["the source is set to nothing", () => (process.env["MCP_CACHE_SOURCE"] = "")],
    ["the folder has no such entry", () => fs.rmSync(inSource("downloads"), { recursive: true })],
    ["an export was cut short before the checksum", () => fs.rmSync(`${archive()}.sha256`)],
  ])("%s", async (_case, change) => {
    change();
    await expect(takeTool()).resolves.toBe(false);
  });
});

describe("is refused with its name and what mends it, and leaves the cache as it was:", () => {
  const again = /fix: export it again with `npm run setup -- --export FOLDER`, or unset MCP_CACHE_SOURCE/;
  const nothing = () => Promise.resolve();

  test.each<[string, () => Promise<void> | void, RegExp]>([
    [
      "an archive that was altered",
      () => fs.appendFileSync(archive(), "!"),
      /has another checksum than beside it/,
    ],
    ["half an archive", () => fs.truncateSync(archive(), 40), /has another checksum than beside it/],
    ["a checksum without its archive", () => fs.rmSync(archive()), /is missing beside its checksum/],
    ["a checksum that is none", () => fs.writeFileSync(`${archive()}.sha256`, "yes\n"), /holds no SHA-256/],
    ["what is no archive", () => offer("downloads", tool, Buffer.from("no archive")), /can't be unpacked/],
    [
      "half an archive with the half's checksum",
      () => offer("downloads", tool, fs.readFileSync(archive()).subarray(0, 60)),
      /can't be unpacked/,
    ],
    ["an archive of something else", () => offerFiles("other"), /holds other/],
    ["an archive with more in it", () => offerFiles(tool, "more"), new RegExp(`holds ${tool}, more`)],
    [
      "a path out of the folder",
      () => offer("downloads", tool, traversal("../../escaped")),
      /can't be unpacked/,
    ],
    [
      "an absolute path",
      () => offer("downloads", tool, traversal("/tmp/mcptest-escaped")),
      /can't be unpacked/,
    ],
    [
      "a link out of the folder",
      () => offer("downloads", tool, traversal(tool, "../../..")),
      /can't be unpacked/,
    ],
  ])("%s", async (_case, change, said) => {
    await (change() ?? nothing());
    const message = await failureOf(takeTool());
    expect(message).toMatch(said);
    expect(message).toContain(path.join(source, "downloads", tool));
    expect(message).toMatch(again);
    for (const folder of ["downloads", "scratch"].map((name) => inCache(name)))
      expect(fs.existsSync(folder) ? fs.readdirSync(folder) : []).toEqual([]);
    expect(fs.existsSync("/tmp/mcptest-escaped")).toBe(false);
  });

  test.each(["relative/folder", "/nowhere/to/be/found", "ftp://cache.example/"])(
    "the source %s",
    async (given) => {
      process.env["MCP_CACHE_SOURCE"] = given;
      await expect(takeTool()).rejects.toThrow(
        /is no folder that is there\n {2}fix: give an absolute path, or an address/,
      );
    },
  );
});

describe("an address", () => {
  let status = 200;
  let asked: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request);
    const file = path.join(
      source,
      new URL(request.url ?? "", "http://localhost").pathname.replace(/^\/cache/, ""),
    );
    if (status !== 200 || !fs.existsSync(file))
      return void response.writeHead(status === 200 ? 404 : status).end();
    response.end(fs.readFileSync(file));
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    status = 200;
    asked = [];
    process.env["MCP_CACHE_SOURCE"] = address();
  });
  const address = (user = "") => `http://${user}127.0.0.1:${(server.address() as AddressInfo).port}/cache/`;

  test("gives what a folder gives", async () => {
    await expect(takeTool()).resolves.toBe(true);
    expect(fs.readFileSync(inCache("downloads", tool, "bin", "tool"), "utf8")).toBe("#!/bin/sh\n");
  });

  test("that answers 404 has no such entry", async () => {
    await expect(takeFromSource("downloads", "0000000000000000-tool", ["x"], quiet)).resolves.toBe(false);
    await expect(checksumInSource("toolchain", "other")).resolves.toBeUndefined();
  });

  test.each([401, 500, 503])("that answers %d is named, with its answer", async (code) => {
    status = code;
    await expect(takeTool()).rejects.toThrow(
      new RegExp(
        `/cache/downloads/${tool}\\.tar\\.gz\\.sha256 answers ${code}\n {2}fix: see that the address answers`,
      ),
    );
  });

  test("where nobody listens is named", async () => {
    process.env["MCP_CACHE_SOURCE"] = "http://127.0.0.1:1/cache";
    await expect(takeTool()).rejects.toThrow(/127\.0\.0\.1:1\/cache\/downloads\/.* can't be reached/);
  });

  test("is asked as the user in it, whose password no message has", async () => {
    process.env["MCP_CACHE_SOURCE"] = address("reader:planted-word@");
    await takeTool();
    const expected = `Basic ${Buffer.from("reader:planted-word").toString("base64")}`;
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([expected, expected]);
    status = 500;
    const said = await failureOf(takeTool());
    expect(said).toContain("answers 500");
    expect(said).not.toContain("planted-word");
  });
});

/** An archive of files with those names, put into the source as the tool's. */
async function offerFiles(...names: string[]): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-files-"));
  for (const name of names) write(path.join(folder, name), name);
  const file = path.join(folder, "archive");
  await create({ file, cwd: folder, gzip: true, portable: true }, names);
  offer("downloads", tool, fs.readFileSync(file));
  fs.rmSync(folder, { recursive: true });
}

/** An archive, as no good tool would write it, of one file with that path, or of a link with that target. */
function traversal(name: string, target = ""): Buffer {
  const header = Buffer.alloc(512);
  const content = Buffer.alloc(target === "" ? 512 : 0, "x");
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write(" ".repeat(8), 148);
  header.write(target === "" ? "0" : "2", 156);
  header.write(target, 157);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(1024)]);
}
