import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { BundledProgram, connected } from "../../host/test/program";
import { ask, type Served } from "../../host/test/serving";
import { Folders } from "./support";

const folders = new Folders();
const { write } = folders;
let server: Served;
let client: Client;

beforeAll(async () => {
  server = await folders.serve();
  client = await server.client("modern");
});
afterAll(async () => {
  await server.close();
  folders.remove();
});

/** All texts of an answer: the tool's own, and notes on it. */
async function said(name: string, args: Record<string, unknown>, asked = client): Promise<string[]> {
  const { content } = await asked.callTool({ name, arguments: args });
  return (content as { text: string }[]).map(({ text }) => text);
}

function file(name: string, content: Buffer, mode = 0o644): string {
  const path = join(write, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const edit = (path: string, oldText: string, newText: string) =>
  ask(client, "edit_file", { path, edits: [{ oldText, newText }] });

describe("an edit keeps every byte that it does not name", () => {
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  test.each<[string, Buffer, string, string, Buffer]>([
    ["of Latin-1", latin1("caf\xe9 \xfc\nprice\n"), "price", "cost", latin1("caf\xe9 \xfc\ncost\n")],
    ["of GBK", latin1("\xc4\xe3\xba\xc3\nprice\n"), "price", "cost", latin1("\xc4\xe3\xba\xc3\ncost\n")],
    [
      "that are no text",
      latin1("\x80\xff\xfe\nkey = 1\n\xc3("),
      "= 1",
      "= 2",
      latin1("\x80\xff\xfe\nkey = 2\n\xc3("),
    ],
    ["of a mark at the begin", Buffer.from("\ufeffa\nb"), "b", "ü", Buffer.from("\ufeffa\nü")],
    ["of several bytes each", Buffer.from("Grüße 日本😀\n"), "日本", "ж", Buffer.from("Grüße ж😀\n")],
    ["of zero", Buffer.from("a\0b\0c\n"), "b", "x", Buffer.from("a\0x\0c\n")],
    [
      "of mixed line ends",
      latin1("a\r\nb\nc\r\nd\re\n"),
      "a\nb\nc\n",
      "a\nB\nc\n",
      latin1("a\r\nB\nc\r\nd\re\n"),
    ],
    ["of a line end that is new", latin1("a\nb\nc\r\n"), "b", "b\nb2", latin1("a\nb\nb2\nc\r\n")],
    ["but for line ends it names", latin1("a\r\nb\r\n"), "a\r\n", "a\n", latin1("a\nb\r\n")],
    ["with no line end at the end", latin1("a\r\nb"), "b", "c", latin1("a\r\nc")],
  ])("%s", async (name, before, oldText, newText, after) => {
    const path = file(name.replaceAll(" ", "-"), before);
    expect(await edit(path, oldText, newText)).toMatchObject({ isError: false });
    expect(readFileSync(path).toString("latin1")).toBe(after.toString("latin1"));
  });

  test("whatever they are", async () => {
    const bytes = Buffer.from(
      Array.from({ length: 65_536 }, (_, index) => [index >> 8, index & 0xff]).flat(),
    );
    // Without zeros, which nothing but UTF-16 has in a text that is not UTF-8.
    const noise = bytes.filter((byte) => byte !== 0);
    const path = file("noise", Buffer.concat([noise, Buffer.from("\n<marker>\n"), noise]));
    expect(await edit(path, "<marker>", "")).toMatchObject({ isError: false });
    expect(readFileSync(path).equals(Buffer.concat([noise, Buffer.from("\n\n"), noise]))).toBe(true);
  });

  test.each<[string, Buffer, string, string, RegExp]>([
    ["a text whose bytes there nobody knows", latin1("caf\xe9\nb\n"), "b", "ü", /not UTF-8.*newText.*ASCII/],
    ["what may be half of a character", latin1("\x83A\x83B\n"), "A", "X", /middle of a character/],
    ["UTF-16", latin1("\xff\xfea\0b\0"), "a", "xyz", /UTF-16/],
    ["half a surrogate pair", Buffer.from("a\n"), "a", "\ud83d", /half a surrogate pair/],
  ])("or refuses: %s", async (name, before, oldText, newText, why) => {
    const path = file(`refused-${name.replaceAll(" ", "-")}`, before);
    const { text, isError } = await edit(path, oldText, newText);
    expect([isError, text]).toEqual([true, expect.stringMatching(why)]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("and what reads or shows such a file says that it is not all there", async () => {
    const path = file("shown", latin1("caf\xe9\nb\n"));
    const fine = file("fine", Buffer.from("caf�\n"));
    const hint = expect.stringMatching(/not UTF-8.*write_file would not/) as string;
    expect(await said("read_text_file", { path })).toEqual(["caf�\nb\n", hint]);
    expect(await said("read_text_file", { path, head: 1 })).toEqual(["caf�", hint]);
    expect(await said("read_text_file", { path, tail: 1 })).toEqual(["b"]);
    expect(await said("read_text_file", { path: fine })).toEqual(["caf�\n"]);
    const several = await said("read_multiple_files", { paths: [path, fine] });
    expect(several.slice(1)).toEqual([expect.stringMatching(new RegExp(`^${path}: .*not UTF-8`))]);
    expect((await said("edit_file", { path, edits: [{ oldText: "b", newText: "c" }] }))[1]).toEqual(hint);
  });

  test("and half a surrogate pair is not written as something else", async () => {
    const path = join(write, "halves");
    expect((await ask(client, "write_file", { path, content: "a\ud83d" })).text).toMatch(/half a surrogate/);
    expect(readdirSync(write)).not.toContain("halves");
  });
});

/** The file's owner, group, mode and whether another's file came in its place. */
const attributes = (path: string) => {
  const { uid, gid, mode } = statSync(path);
  return { uid, gid, mode: mode & 0o7777 };
};

/** Extended attributes by way of Python, as Node has no call for them. */
function python(code: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync("python3", ["-c", `import os, struct, sys\n${code}`, ...args]);
  if (status !== 0) throw new Error(stderr.toString());
  return stdout.toString();
}
const extended = (path: string) =>
  python("print(sorted((k, os.getxattr(sys.argv[1], k)) for k in os.listxattr(sys.argv[1])))", path);

const WAYS: [string, (path: string, asked?: Client) => Promise<string[]>][] = [
  ["write_file", (path, asked) => said("write_file", { path, content: "longer than it was, new" }, asked)],
  [
    "edit_file",
    (path, asked) => said("edit_file", { path, edits: [{ oldText: "old", newText: "new" }] }, asked),
  ],
];

// Only root can make files of others.
(process.getuid?.() === 0 ? describe : describe.skip).each(WAYS)("%s keeps", (tool, change) => {
  // A server of a user without rights, as in its image.
  let program: BundledProgram;
  let other: Client;
  beforeAll(async () => {
    chmodSync(folders.all, 0o755);
    chmodSync(write, 0o777);
    program = new BundledProgram(join(__dirname, "..", "src", "main.ts"));
    const environment = {
      FILESYSTEM_WRITE_ROOTS: write,
      MCP_SOCKET: join(tmpdir(), `mcp-filesystem-test-${process.pid}.sock`),
    };
    const { url } = await program.http(environment, { uid: 10001, gid: 10001 });
    other = await connected("modern", new StreamableHTTPClientTransport(url));
  });
  afterAll(async () => {
    await other.close();
    program.remove();
  });

  test("owner, group and mode of a file", async () => {
    for (const mode of [0o644, 0o600, 0o755, 0o444]) {
      const path = file(`owned-${tool}-${mode}`, Buffer.from("old"), mode);
      chownSync(path, 1000, 1234);
      expect(await change(path)).toHaveLength(1);
      expect(attributes(path)).toEqual({ uid: 1000, gid: 1234, mode });
      expect(readFileSync(path, "utf8")).toMatch(/new$/);
    }
  });

  test("access lists and extended attributes, and no others", async () => {
    const path = file(`extended-${tool}`, Buffer.from("old"), 0o640);
    python(
      `acl = lambda *entries: struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
none = 0xFFFFFFFF
os.setxattr(sys.argv[1], "user.origin", b"here")
os.setxattr(sys.argv[1], "system.posix_acl_access", acl((1, 6, none), (2, 6, 1234), (4, 4, none), (16, 6, none), (32, 0, none)))`,
      path,
    );
    const before = extended(path);
    expect(before).toMatch(/posix_acl_access.*user\.origin/);
    expect(await change(path)).toHaveLength(1);
    expect(extended(path)).toBe(before);
  });

  test("what another user's file has, where it may write into it", async () => {
    const path = file(`shared-${tool}`, Buffer.from("old, and longer than what comes: new"), 0o666);
    chownSync(path, 1000, 1000);
    const { ino } = statSync(path);
    expect(await change(path, other)).toHaveLength(1);
    expect(attributes(path)).toEqual({ uid: 1000, gid: 1000, mode: 0o666 });
    expect(statSync(path).ino).toBe(ino);
    expect(readFileSync(path, "utf8")).toMatch(/new$/);
  });

  test("or says what it can not: another user's file that it can only replace", async () => {
    const path = file(`foreign-${tool}`, Buffer.from("old"), 0o644);
    chownSync(path, 1000, 1000);
    const [, note] = await change(path, other);
    expect(note).toMatch(/could not keep its owner and group \(1000:1000, now 10001:10001\)/);
    expect(attributes(path)).toEqual({ uid: 10001, gid: 10001, mode: 0o644 });
    expect(readFileSync(path, "utf8")).toMatch(/new$/);
  });

  test("the content of a file's other names", async () => {
    const path = file(`linked-${tool}`, Buffer.from("old"), 0o666);
    chownSync(path, 1000, 1000);
    linkSync(path, join(folders.outside, tool));
    const args = { path, content: "new" };
    const answer = await (tool === "write_file" ? change(path, other) : said("write_file", args, other));
    expect(answer[1]).toMatch(/owner and group/);
    expect(readFileSync(join(folders.outside, tool), "utf8")).toBe("old");
  });

  test("no right to run as somebody else, and says so", async () => {
    const path = file(`set-id-${tool}`, Buffer.from("old"), 0o4755);
    expect((await change(path))[1]).toMatch(/mode \(4755, now 0755\)/);
    expect(attributes(path).mode).toBe(0o755);
  });

  test("nothing beside the file", () => {
    expect(readdirSync(write).filter((name) => name.startsWith(".mcp-write-"))).toEqual([]);
  });
});
