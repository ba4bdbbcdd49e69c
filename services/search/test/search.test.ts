import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { ask, type Served, served } from "../../host/test/serving";
import { openService } from "../src/service";

interface Result {
  lines: { path: string; line: number; text: string; match: boolean }[];
  matches: number;
  truncated: boolean;
}

/** Its package picks the program of this machine, but is an ES module, which jest does not load. */
const rgPath = require.resolve(`@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg`);
const all = realpathSync(mkdtempSync(join(tmpdir(), "search-")));
const root = join(all, "root");

beforeAll(() => {
  mkdirSync(join(root, "src", "deep"), { recursive: true });
  mkdirSync(join(all, "outside"));
  writeFileSync(join(all, "outside", "secret.ts"), "needle outside\n");
  writeFileSync(join(root, "src", "a.ts"), "first\nconst needle = 1;\nlast\n");
  writeFileSync(join(root, "src", "deep", "b.py"), "Needle = 2\nneedles\n");
  writeFileSync(join(root, "many.txt"), "many\n".repeat(500));
  writeFileSync(join(root, "long.txt"), `${"x".repeat(5000)} longline\n`);
  writeFileSync(join(root, "latin.txt"), Buffer.from("gr\xfcn colour\n", "latin1"));
  writeFileSync(join(root, ".gitignore"), "ignored.ts\n");
  writeFileSync(join(root, "ignored.ts"), "needle ignored\n");
  symlinkSync("../outside", join(root, "link"));
  symlinkSync("../outside/secret.ts", join(root, "link.ts"));
  symlinkSync("src", join(root, "inside"));
});
afterAll(() => rmSync(all, { recursive: true }));

const serve = async (settings: Record<string, string> = {}) =>
  served(await openService({ SEARCH_ROOTS: root, SEARCH_RIPGREP: rgPath, ...settings }, "0.0.0"));

describe.each(["legacy", "modern"] as const)("a client of the %s era", (era) => {
  let server: Served;
  let client: Client;
  beforeAll(async () => {
    server = await serve();
    client = await server.client(era);
  });
  afterAll(() => server.close());
  const search = async (pattern: string, more: Record<string, unknown> = {}) => {
    const answer = await client.callTool({ name: "search_code", arguments: { pattern, ...more } });
    return answer.structuredContent as Result;
  };
  const places = ({ lines }: Result) =>
    lines.map(({ path, line }) => `${path.slice(root.length + 1)}:${line}`);

  test("finds lines by a regular expression, in the order of files and lines", async () => {
    expect(await search(String.raw`n[e]{2}dle\b`)).toEqual({
      lines: [{ path: join(root, "src", "a.ts"), line: 2, text: "const needle = 1;", match: true }],
      matches: 1,
      truncated: false,
    });
    expect(places(await search("needle", { caseSensitive: false }))).toEqual([
      "src/a.ts:2",
      "src/deep/b.py:1",
      "src/deep/b.py:2",
    ]);
    expect((await ask(client, "search_code", { pattern: "needle =" })).text).toBe(
      `${root}/src/a.ts:2:const needle = 1;`,
    );
  });

  test("takes globs, folders, whole words, text, several lines and context", async () => {
    expect(places(await search("needle", { globs: ["*.py"] }))).toEqual(["src/deep/b.py:2"]);
    expect(places(await search("needle", { globs: ["!*.py"] }))).toEqual(["src/a.ts:2"]);
    expect(places(await search("needle", { path: join(root, "src", "deep") }))).toEqual(["src/deep/b.py:2"]);
    expect(places(await search("needle", { path: "inside/deep" }))).toEqual(["inside/deep/b.py:2"]);
    expect(places(await search("needle", { wholeWords: true }))).toEqual(["src/a.ts:2"]);
    expect(await search("n.edle", { literal: true })).toMatchObject({ matches: 0 });
    expect(places(await search(String.raw`first\nconst`, { multiline: true }))).toEqual(["src/a.ts:1"]);
    const around = await search("const", { context: 1 });
    expect(around.lines.map(({ text, match }) => [text, match])).toEqual([
      ["first", false],
      ["const needle = 1;", true],
      ["last", false],
    ]);
  });

  test("leaves out what is ignored, unless asked, and always what is outside", async () => {
    const everything = await search("needle", { everything: true });
    expect(places(everything)).toEqual(["ignored.ts:1", "src/a.ts:2", "src/deep/b.py:2"]);
    for (const path of ["link", join(all, "outside"), "../outside", "/etc", `${root}/../outside`]) {
      const { text, isError } = await ask(client, "search_code", { pattern: "needle", path });
      expect([isError, text]).toEqual([true, expect.stringMatching(/outside the allowed|leads out/)]);
      expect(text).not.toContain("needle outside");
    }
  });

  test("gives no more than asked for, cuts long lines, and reads bytes that are no UTF-8", async () => {
    expect(await search("many", { limit: 3 })).toMatchObject({ matches: 3, truncated: true });
    expect(await search("many", { limit: 500 })).toMatchObject({ matches: 500, truncated: false });
    expect((await search("longline")).lines[0]?.text).toHaveLength(1001);
    expect(places(await search("colour"))).toEqual(["latin.txt:1"]);
  });

  test("says what is wrong with a pattern or a glob, and takes none for an option", async () => {
    expect(await ask(client, "search_code", { pattern: "(" })).toEqual({
      isError: true,
      text: expect.stringContaining("unclosed group") as string,
    });
    expect((await ask(client, "search_code", { pattern: "x", globs: ["{"] })).text).toMatch(/glob/);
    expect((await ask(client, "search_code", { pattern: "(a{500}){500}{500}" })).isError).toBe(true);
    for (const pattern of ["--pre=touch", "--files", "-e", "--version"]) {
      expect(await ask(client, "search_code", { pattern })).toEqual({ isError: false, text: "No matches" });
    }
  });
});

test("ends a search whose time is up, or whose lines are too long together", async () => {
  const slow = join(all, "slow");
  writeFileSync(slow, "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  const server = await serve({ SEARCH_RIPGREP: slow, SEARCH_TIMEOUT_SECONDS: "1", SEARCH_CONCURRENCY: "1" });
  const client = await server.client("modern");
  expect((await ask(client, "search_code", { pattern: "x" })).text).toMatch(/the time was up/);
  await server.close();
  const small = await serve({ SEARCH_RESULT_KB: "16" });
  const { text } = await ask(await small.client("modern"), "search_code", {
    pattern: "many",
    limit: 1000,
    context: 20,
  });
  expect(text).not.toMatch(/too long/);
  writeFileSync(join(root, "wide.txt"), `${"y".repeat(900)} wide\n`.repeat(50));
  const wide = await ask(await small.client("modern"), "search_code", { pattern: "wide" });
  expect(wide.text).toMatch(/too long together/);
  await small.close();
});

test.each(["", "relative", "/", "/proc/1"])("the root %j is refused", async (value) => {
  await expect(serve({ SEARCH_ROOTS: value })).rejects.toThrow(/SEARCH_ROOTS/);
});
