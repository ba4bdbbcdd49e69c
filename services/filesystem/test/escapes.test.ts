import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { ask, type Served } from "../../host/test/serving";
import { AccessError } from "../src/confined/errors";
import { listFolder, readWhole } from "../src/confined/files";
import { Root } from "../src/confined/root";
import { type Location, Roots } from "../src/confined/roots";
import { walk } from "../src/confined/walk";
import { Writer } from "../src/confined/writer";
import { Quota } from "../src/quota";
import { escapes, prepare, prepareRaces, SECRET, SWAPPER } from "./escapes";
import { Folders } from "./support";

describe("the corpus of escapes", () => {
  const folders = new Folders();
  prepare(folders);
  const { read, write, outside } = folders;
  const corpus = escapes(folders);
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

  test("has at least sixty of them", () => expect(corpus.length).toBeGreaterThanOrEqual(60));

  test.each(corpus.map((escape) => [escape.tool, escape.what, escape] as const))(
    "%s: %s",
    async (_tool, _what, { tool, args, harmless }) => {
      const { text, isError } = await ask(client, tool, args);
      expect(text).not.toContain(SECRET);
      expect(Buffer.from(text, "base64").toString()).not.toContain(SECRET);
      if (!harmless) expect(isError).toBe(true);
      // Nothing outside was changed, made or taken away, and nothing of it is known.
      expect(readdirSync(outside).sort()).toEqual(["folder", "linked", "secret"]);
      expect(readdirSync(join(outside, "folder"))).toEqual(["inner"]);
      for (const file of ["secret", "linked"]) expect(readFileSync(join(outside, file), "utf8")).toBe(SECRET);
      expect(text).not.toMatch(/\binner\b.*FILE|FILE.*\binner\b/);
      expect([read, write].every((root) => existsSync(join(root, "file")))).toBe(true);
    },
  );

  test("a socket is not opened", async () => {
    const listening = createServer();
    listening.listen(join(read, "socket"));
    await once(listening, "listening");
    expect((await ask(client, "read_text_file", { path: join(read, "socket") })).text).toMatch(
      /no regular file/,
    );
    listening.close();
  });

  test("what is mounted below a root is not entered", async () => {
    const root = await Root.open("/dev");
    const enter = root.at(["pts"], "/dev/pts", { follow: true }, async () => "entered");
    await expect(enter).rejects.toThrow(/something else is mounted there/);
    expect(
      await root.at(["null"], "/dev/null", { follow: true }, async ({ entry }) => entry?.stats.isFile()),
    ).toBe(false);
    await root.close();
  });

  test.each([
    ["FILESYSTEM_READ_ROOTS", "/"],
    ["FILESYSTEM_READ_ROOTS", "/proc/self"],
    ["FILESYSTEM_READ_ROOTS", "relative"],
    ["FILESYSTEM_READ_ROOTS", "/a/../etc"],
    ["FILESYSTEM_WRITE_ROOTS", `${folders.write},${folders.write}/dir`],
    ["FILESYSTEM_WRITE_ROOTS", folders.read],
  ])("%s=%s is refused", async (name, value) => {
    await expect(folders.serve({ [name]: value })).rejects.toThrow(new RegExp(`${name}: `));
  });
});

describe("races", () => {
  const limits = { bytes: 1000, hardLinks: false };
  let folders: Folders;
  let roots: Roots;
  let writer: Writer;
  let swapper: ChildProcess | undefined;
  let [write, outside] = ["", ""];

  beforeEach(async () => {
    folders = new Folders();
    prepare(folders);
    prepareRaces(folders);
    ({ write, outside } = folders);
    roots = await Roots.open([], [write]);
    const allowed = { bytes: 1e9, files: 1e9 };
    writer = new Writer(new Map(roots.list.map(({ root }) => [root, new Quota(root, allowed)])));
  });
  afterEach(async () => {
    const gone = swapper && once(swapper, "exit");
    swapper?.kill("SIGKILL");
    await gone;
    await roots.close();
    folders.remove();
  });

  /** Has another process put the one in the place of the other, over and over. */
  const swap = async (one: string, other: string) => {
    const paths = [one, other].map((name) => join(write, name));
    swapper = spawn("perl", ["-e", SWAPPER, ...paths], { stdio: ["ignore", "pipe", "inherit"] });
    await once(swapper.stdout!, "data");
  };
  /** Does something very often, and at least until it was done inside and, where it goes on, refused as well. */
  const hammer = async (name: string, act: (location: Location) => Promise<unknown>, goesOn = true) => {
    const seen = { inside: 0, refused: 0 };
    const oneSided = () => seen.inside === 0 || (goesOn && seen.refused === 0);
    for (let tries = 0; tries < 500 || oneSided(); tries += 1) {
      if (tries > 20_000) throw new Error(`only one side was seen: ${JSON.stringify(seen)}`);
      try {
        expect(JSON.stringify(await act(roots.locate(join(write, name))))).not.toMatch(/the-secret|folder/);
        seen.inside += 1;
      } catch (error) {
        if (!(error instanceof AccessError) && !("code" in (error as Error))) throw error;
        seen.refused += 1;
      }
    }
    expect(readdirSync(outside).sort()).toEqual(["folder", "linked", "secret"]);
    for (const file of ["secret", "linked"]) expect(readFileSync(join(outside, file), "utf8")).toBe(SECRET);
  };
  const read = async (location: Location) => (await readWhole(location, limits)).toString();
  const put = async (location: Location) =>
    (await writer.write(location, Buffer.from("inside"))) ?? "written";

  test("a folder on the way becomes a link while it is read through", async () => {
    await swap("turn", "other");
    await hammer("turn/secret", read);
  });

  test("a file becomes a link while it is read", async () => {
    await swap("turn-file", "other-file");
    await hammer("turn-file", read);
  });

  test("a folder becomes a link while it is written through", async () => {
    await swap("turn", "other");
    await hammer("turn/new", put);
  });

  test("a file becomes a link while it is written", async () => {
    await swap("turn-file", "other-file");
    // A write may take the link's place, which ends the race.
    await hammer("turn-file", put, false);
  });

  test("a folder becomes a link while folders are made below it", async () => {
    await swap("turn", "other");
    await hammer("turn/made/deep", async (location) => (await writer.makeFolder(location)) ?? "made");
  });

  test("a folder becomes a link while it is listed", async () => {
    await swap("turn", "other");
    await hammer("turn", async (location) => (await listFolder(location, 100)).map(({ name }) => name));
  });

  test("a folder becomes a link while all is walked", async () => {
    await swap("turn", "other");
    const found = new Set<string>();
    for (let tries = 0; tries < 100; tries += 1) {
      await walk(roots.locate(write), { entries: 10_000 }, (path) => Boolean(found.add(path.join("/"))));
    }
    expect(found).toContain("turn/secret");
    expect([...found].filter((path) => path.endsWith("inner"))).toEqual([]);
  });
});
