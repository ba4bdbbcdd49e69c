import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { BundledProgram, connected } from "../../host/test/program";
import { eventually } from "../../host/test/support";
import { modelFolder } from "./model";

interface Place {
  path: string;
  firstLine: number;
  lastLine: number;
  score: number;
  text: string;
}
interface Status {
  indexed: number;
  files: number;
  chunks: number;
  embedded: number;
  complete: boolean;
  full: boolean;
}

const rgPath = require.resolve(`@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg`);
const all = realpathSync(mkdtempSync(join(tmpdir(), "semantic-")));
const root = join(all, "root");
// What is native runs in a process of its own, as jest's numbers are not those of Node.js.
const program = new BundledProgram(join(__dirname, "../src/main.ts"), ["@libsql/*", "onnxruntime-node"]);
let model: Awaited<ReturnType<typeof modelFolder>>;

beforeAll(async () => {
  model = await modelFolder();
  mkdirSync(join(root, "src"), { recursive: true });
  mkdirSync(join(all, "outside"));
  const write = (name: string, text: string) => writeFileSync(join(root, name), text);
  write(
    "src/retry.ts",
    "export async function again(work) {\n  for (let n = 0; ; n += 1) {\n    try { return await work(); } catch (e) { if (n > 4) throw e; await sleep(2 ** n * 100); }\n  }\n}\n",
  );
  write(
    "src/geometry.ts",
    "/** Pythagoras. */\nexport const hypotenuse = (a, b) => Math.sqrt(a * a + b * b);\n",
  );
  write("recipe.md", "# Bread\n\nMix flour, water and yeast. Knead the dough and leave it to rise.\n");
  write("travel.md", "# Copenhagen\n\nThe train takes fifteen minutes to the city from where planes land.\n");
  write("data.bin", "\0bread bread");
  write(".gitignore", "ignored.md\n");
  write("ignored.md", "How to bake bread: flour, water, yeast.\n");
  writeFileSync(join(all, "outside", "bread.md"), "Baking bread at home with flour and yeast.\n");
  symlinkSync("../outside/bread.md", join(root, "link.md"));
});
afterAll(() => {
  program.remove();
  model.remove();
  rmSync(all, { recursive: true });
});
async function start(settings: Record<string, string> = {}) {
  const server = await program.http({
    NODE_PATH: join(__dirname, "../../../node_modules"),
    SEARCH_ROOTS: root,
    SEARCH_RIPGREP: rgPath,
    SEARCH_MODEL: model.folder,
    SEARCH_INDEX: join(all, "index"),
    SEARCH_INDEX_SECONDS: "1",
    ...settings,
  });
  const client = await connected("modern", new StreamableHTTPClientTransport(server.url));
  const search = async (query: string, more: Record<string, unknown> = {}) => {
    const answer = await client.callTool({ name: "search_semantic", arguments: { query, ...more } });
    return answer.structuredContent as { places: Place[]; indexed: number; files: number };
  };
  return {
    client,
    search,
    best: async (query: string) => (await search(query)).places[0]?.path.slice(root.length + 1),
    status: () => statusOf(client),
    stop: async () => {
      await client.close();
      server.process.kill("SIGTERM");
      const [code] = (await once(server.process, "exit")) as [number];
      return code;
    },
  };
}

async function statusOf(client: Client): Promise<Status> {
  return (await client.callTool({ name: "index_status", arguments: {} })).structuredContent as Status;
}

test("finds what answers a question though no word is shared, follows changes, and remembers", async () => {
  let server = await start();
  await eventually(async () => (await server.status()).complete);
  const first = await server.status();
  expect(first).toMatchObject({ indexed: 5, files: 5, full: false });
  expect(first.embedded).toBe(first.chunks);

  expect(await server.best("attempt a failing operation several times with growing pauses")).toBe(
    "src/retry.ts",
  );
  expect(await server.best("length of the longest side of a right-angled triangle")).toBe("src/geometry.ts");
  expect(await server.best("baking a loaf at home")).toBe("recipe.md");
  expect(await server.best("how do I get downtown after my flight")).toBe("travel.md");
  const { places } = await server.search("baking a loaf at home", { limit: 100 });
  expect(places[0]).toMatchObject({
    firstLine: 1,
    text: expect.stringContaining("Knead the dough") as string,
  });
  expect(places.map(({ score }) => score)).toEqual(places.map(({ score }) => score).sort((a, b) => b - a));
  expect(places.map(({ path }) => path).filter((path) => /ignored|link|outside|data/.test(path))).toEqual([]);
  const below = await server.search("baking a loaf at home", { path: "src" });
  expect(below.places.map(({ path }) => path.slice(root.length + 1)).sort()).toEqual([
    "src/geometry.ts",
    "src/retry.ts",
  ]);

  // A change is seen, and only what is new in the file is read by the model.
  const part = (title: string, text: string) => `# ${title}\n\n${`${text} `.repeat(12)}\n\n`;
  const long =
    part("Cats", "Cats purr when they are stroked.") + part("Stars", "A supernova is a star that explodes.");
  writeFileSync(join(root, "travel.md"), long);
  await eventually(async () => (await server.best("an animal that is content")) === "travel.md");
  const before = (await server.status()).embedded;
  writeFileSync(join(root, "travel.md"), long + part("Rain", "Umbrellas keep you dry."));
  await eventually(async () => (await server.best("protection from bad weather")) === "travel.md");
  const [rain] = (await server.search("protection from bad weather")).places;
  expect(rain?.text).toMatch(/^# Rain/);
  expect((await server.status()).embedded).toBe(before + 1);
  unlinkSync(join(root, "recipe.md"));
  await eventually(async () => (await server.best("baking a loaf at home")) !== "recipe.md");
  expect(await server.stop()).toBe(0);

  server = await start();
  await eventually(async () => (await server.status()).complete);
  expect(await server.status()).toMatchObject({ embedded: 0, indexed: 4, files: 4 });
  expect(await server.best("an animal that is content")).toBe("travel.md");
  await server.stop();

  // An index that is broken is made anew.
  writeFileSync(join(all, "index", "index.db"), "no database");
  server = await start();
  await eventually(async () => (await server.status()).complete);
  expect(await server.best("an animal that is content")).toBe("travel.md");
  await server.stop();
});

test("holds no more than it may, and says so", async () => {
  const server = await start({ SEARCH_INDEX: "", SEARCH_INDEX_CHUNKS: "2" });
  await eventually(async () => (await server.status()).full);
  expect((await server.status()).chunks).toBe(2);
  const { content } = await server.client.callTool({ name: "search_semantic", arguments: { query: "x" } });
  expect((content as { text: string }[])[0]?.text).toMatch(/of \d files are in the index; it is full/);
  await server.stop();
});

test.each([
  ["SEARCH_MODEL", "/nonexistent"],
  ["SEARCH_INDEX", join(rgPath, "index")],
])("says what is wrong with %s", async (name, value) => {
  await expect(start({ [name]: value })).rejects.toThrow(new RegExp(`exited with 2: [^]*${name}: no `));
});
