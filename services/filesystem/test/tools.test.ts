import { existsSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { scrape } from "../../host/test/support";
import { ask, type Served } from "../../host/test/serving";
import { Folders } from "./support";

describe.each(["legacy", "modern"] as const)("a client of the %s era", (era) => {
  const folders = new Folders();
  const { read, write } = folders;
  let server: Served;
  let client: Client;

  beforeAll(async () => {
    mkdirSync(join(read, "src", "deep"), { recursive: true });
    writeFileSync(join(read, "a.txt"), "one\ntwo\nthree\n");
    writeFileSync(join(read, "src", "b.ts"), "export {};\n");
    writeFileSync(join(read, "src", "deep", "c.ts"), "x".repeat(3000));
    writeFileSync(join(read, "picture.png"), Buffer.from([1, 2, 3]));
    symlinkSync("src/b.ts", join(read, "link.ts"));
    symlinkSync("../a.txt", join(read, "src", "up.txt"));
    server = await folders.serve({ FILESYSTEM_READ_KB: "64" });
    client = await server.client(era);
  });
  afterAll(async () => {
    await server.close();
    folders.remove();
  });
  const call = (name: string, args: Record<string, unknown> = {}) => ask(client, name, args);

  test("finds the upstream server's tools, and hints at those that write", async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      "create_directory",
      "directory_tree",
      "edit_file",
      "get_file_info",
      "list_allowed_directories",
      "list_directory",
      "list_directory_with_sizes",
      "move_file",
      "read_media_file",
      "read_multiple_files",
      "read_text_file",
      "search_files",
      "write_file",
    ]);
    const writing = tools.filter(({ annotations }) => annotations?.readOnlyHint === false);
    expect(writing.map(({ name }) => name)).toEqual([
      "write_file",
      "edit_file",
      "create_directory",
      "move_file",
    ]);
  });

  test("reads text: whole, its begin, its end, through links that stay inside, by a relative path", async () => {
    const path = join(read, "a.txt");
    expect(await call("read_text_file", { path })).toEqual({ text: "one\ntwo\nthree\n", isError: false });
    expect((await call("read_text_file", { path, head: 2 })).text).toBe("one\ntwo");
    expect((await call("read_text_file", { path, tail: 2 })).text).toBe("two\nthree");
    expect((await call("read_text_file", { path, tail: 20 })).text).toBe("one\ntwo\nthree");
    expect((await call("read_text_file", { path, head: 1, tail: 1 })).isError).toBe(true);
    expect((await call("read_text_file", { path: join(read, "link.ts") })).text).toBe("export {};\n");
    expect((await call("read_text_file", { path: join(read, "src", "up.txt") })).text).toMatch(/^one/);
    expect((await call("read_text_file", { path: "a.txt" })).text).toMatch(/^one/);
    expect((await call("read_text_file", { path: join(read, "none") })).text).toMatch(/no such file/);
  });

  test("reads bytes, and several files of which one is missing", async () => {
    const media = await client.callTool({
      name: "read_media_file",
      arguments: { path: join(read, "picture.png") },
    });
    expect(media.content).toEqual([{ type: "image", data: "AQID", mimeType: "image/png" }]);
    const { text, isError } = await call("read_multiple_files", { paths: ["a.txt", "none", "src/b.ts"] });
    expect(isError).toBe(false);
    expect(text).toMatch(/^a.txt:\none[^]*none: Error - none: there is no such[^]*src\/b.ts:\nexport/);
  });

  test("refuses a file that is too large, and gives parts of it", async () => {
    const path = join(read, "large");
    writeFileSync(path, `${"first\n".padEnd(70_000, "x")}\nlast`);
    expect((await call("read_text_file", { path })).text).toMatch(/larger than 65536 bytes.*head or tail/);
    expect((await call("read_text_file", { path, head: 1 })).text).toBe("first");
    expect((await call("read_text_file", { path, tail: 1 })).text).toBe("last");
  });

  test("lists, shows the tree, searches and describes", async () => {
    expect((await call("list_directory", { path: join(read, "src") })).text).toBe(
      "[FILE] b.ts\n[DIR] deep\n[LINK] up.txt",
    );
    const sizes = (await call("list_directory_with_sizes", { path: join(read, "src"), sortBy: "size" })).text;
    expect(sizes).toMatch(/b\.ts +11 B[^]*Total: 1 files, 1 directories\nCombined size: 11 B/);
    const tree = await call("directory_tree", { path: join(read, "src"), excludePatterns: ["up.txt"] });
    expect(JSON.parse(tree.text)).toEqual([
      { name: "b.ts", type: "file" },
      { name: "deep", type: "directory", children: [{ name: "c.ts", type: "file" }] },
    ]);
    const search = (pattern: string) => call("search_files", { path: read, pattern });
    expect((await search("**/*.ts")).text.split("\n")).toEqual([
      join(read, "link.ts"),
      join(read, "src", "b.ts"),
      join(read, "src", "deep", "c.ts"),
    ]);
    expect((await search("*.ts")).text).toBe(join(read, "link.ts"));
    expect((await search("**/*.none")).text).toBe("No matches found");
    expect((await search("*a*a*a*a*a*a*b")).text).toMatch(/more than 4 stars/);
    const info = (await call("get_file_info", { path: join(read, "a.txt") })).text;
    expect(info).toMatch(/^size: 14\n[^]*isFile: true/);
    expect((await call("list_allowed_directories")).text).toBe(
      `Allowed directories:\n${read} (read-only)\n${write}`,
    );
  });

  test("writes, edits and moves where it may", async () => {
    const path = join(write, `${era}.txt`);
    expect((await call("write_file", { path, content: "Grüße\nalt\n" })).isError).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("Grüße\nalt\n");
    const edits = [{ oldText: "alt", newText: "neu" }];
    const dry = await call("edit_file", { path, edits, dryRun: true });
    expect(dry.text).toMatch(/-alt\n\+neu/);
    expect(readFileSync(path, "utf8")).toContain("alt");
    expect((await call("edit_file", { path, edits })).text).toBe(dry.text);
    expect(readFileSync(path, "utf8")).toBe("Grüße\nneu\n");
    expect((await call("edit_file", { path, edits })).text).toMatch(/oldText is not in the file/);
    expect((await call("create_directory", { path: join(write, era, "x", "y") })).isError).toBe(false);
    const destination = join(write, era, "x", "y", "moved.txt");
    expect((await call("move_file", { source: path, destination })).isError).toBe(false);
    expect([existsSync(path), existsSync(destination)]).toEqual([false, true]);
    await call("write_file", { path, content: "keep" });
    expect((await call("move_file", { source: destination, destination: path })).text).toMatch(
      /something of that name/,
    );
    expect(readFileSync(path, "utf8")).toBe("keep");
    const folder = { source: join(write, era, "x"), destination: join(write, era, "z") };
    expect((await call("move_file", folder)).isError).toBe(false);
    const into = { source: join(write, era), destination: join(write, era, "inside") };
    expect((await call("move_file", into)).text).toMatch(/into itself/);
  });

  test("keeps a file's permissions, and its line ends in an edit", async () => {
    const path = join(write, `script-${era}`);
    writeFileSync(path, "a\r\nb\r\n", { mode: 0o750 });
    await call("edit_file", { path, edits: [{ oldText: "a\nb", newText: "c\nd" }] });
    expect(readFileSync(path, "utf8")).toBe("c\r\nd\r\n");
    expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  test("writes nowhere else", async () => {
    for (const [tool, args] of [
      ["write_file", { path: join(read, "new"), content: "x" }],
      ["edit_file", { path: join(read, "a.txt"), edits: [{ oldText: "one", newText: "x" }] }],
      ["create_directory", { path: join(read, "new") }],
      ["move_file", { source: join(read, "a.txt"), destination: join(write, "taken") }],
      ["move_file", { source: join(write, `${era}.txt`), destination: join(read, "given") }],
    ] as const) {
      expect(await call(tool, args)).toEqual({
        text: expect.stringContaining("may only be read") as string,
        isError: true,
      });
    }
    expect(readFileSync(join(read, "a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
  });
});

describe("a server without a folder that can be written", () => {
  const folders = new Folders();
  afterAll(() => folders.remove());

  test("has no tools that write", async () => {
    const server = await folders.serve({ FILESYSTEM_WRITE_ROOTS: "" });
    const client = await server.client("modern");
    const { tools } = await client.listTools();
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
    expect((await ask(client, "write_file", { path: "x", content: "" })).isError).toBe(true);
    await server.close();
  });
});

describe("the quota", () => {
  const folders = new Folders();
  const { write } = folders;
  let server: Served;
  let client: Client;

  beforeAll(async () => {
    server = await folders.serve({ FILESYSTEM_QUOTA_MB: "1", FILESYSTEM_QUOTA_FILES: "5" });
    client = await server.client("modern");
  });
  afterAll(async () => {
    await server.close();
    folders.remove();
  });
  const put = (name: string, kilobytes: number) =>
    ask(client, "write_file", { path: join(write, name), content: "x".repeat(kilobytes * 1024) });

  test("holds for bytes, is free again when something goes, and shows in the metrics", async () => {
    expect((await put("a", 600)).isError).toBe(false);
    const refused = await put("b", 600);
    expect(refused).toEqual({
      isError: true,
      text: expect.stringMatching(/quota.*614400 of 1048576 bytes/) as string,
    });
    expect(existsSync(join(write, "b"))).toBe(false);
    expect((await put("a", 100)).isError).toBe(false);
    expect((await put("b", 600)).isError).toBe(false);
    const used = (await scrape(server.url)).find(({ name }) => name === "filesystem_used_bytes");
    expect(used).toEqual({ name: "filesystem_used_bytes", labels: { root: write }, value: 700 * 1024 });
  });

  test("holds for edits", async () => {
    const edits = [{ oldText: "start", newText: "x".repeat(400 * 1024) }];
    await ask(client, "write_file", { path: join(write, "c"), content: "start" });
    expect((await ask(client, "edit_file", { path: join(write, "c"), edits })).text).toMatch(/quota/);
    expect(readFileSync(join(write, "c"), "utf8")).toBe("start");
  });

  test("holds for the number of files and folders, under calls at the same time", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        ask(client, "create_directory", { path: join(write, `folder-${index}`) }),
      ),
    );
    expect(answers.filter(({ isError }) => !isError)).toHaveLength(2); // three files are there
    expect(answers.find(({ isError }) => isError)?.text).toMatch(/5 of 5 files/);
  });

  test("sees what others delete", async () => {
    const { rmSync } = await import("node:fs");
    rmSync(join(write, "b"));
    expect((await put("d", 800)).isError).toBe(false);
  });
});

describe("a hard link", () => {
  const folders = new Folders();
  afterAll(() => folders.remove());

  test("is read where the settings say so; writing it leaves its other name as it is", async () => {
    const outside = join(folders.outside, "file");
    writeFileSync(outside, "from outside");
    linkSync(outside, join(folders.write, "link"));
    const server = await folders.serve({ FILESYSTEM_HARD_LINKS: "read" });
    const client = await server.client("modern");
    const path = join(folders.write, "link");
    expect((await ask(client, "read_text_file", { path })).text).toBe("from outside");
    expect((await ask(client, "write_file", { path, content: "new" })).isError).toBe(false);
    expect([readFileSync(path, "utf8"), readFileSync(outside, "utf8")]).toEqual(["new", "from outside"]);
    await server.close();
  });
});
