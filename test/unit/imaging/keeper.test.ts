import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ensureImage, type ImageRequest, prepareImages } from "../../../imaging";
import type { Build } from "../../../imaging/build";
import { exportCache } from "../../../imaging/cache-export";
import { useOwnCache } from "./cache-folder";

jest.mock("../../../images/recipes", () => {
  const [files, seconds, dockerfile] = [{}, 1, "images/python/Dockerfile"];
  return {
    recipes: {
      ground: { suite: "trixie", files, seconds },
      floor: { base: "ground", dockerfile, files, seconds },
      desk: { base: "floor", dockerfile, files, seconds },
      shelf: { base: "floor", images: { GROUND: "ground" }, dockerfile, files, seconds },
    },
  };
});

/** An engine of names and what they stand for: an image goes with its last name. */
const mockEngine = { names: new Map<string, string>(), loaded: new Set<string>(), saved: [] as string[] };
const mockDone: string[] = [];
const mockHas = (id: string) => mockEngine.loaded.has(id) || [...mockEngine.names.values()].includes(id);

const mockWrite = fs.writeFileSync;
const mockRead = (file: string) => fs.readFileSync(file, "utf8");

jest.mock("../../../engine/docker", () => ({
  docker: ([, what = "", ...args]: string[]) => {
    const last = args.at(-1) ?? "";
    if (what === "save") {
      mockEngine.saved.push(last);
      mockWrite(args[1] ?? "", last);
    } else if (what === "load") {
      const id = mockRead(last);
      mockEngine.loaded.add(id);
      mockDone.push(`load ${id}`);
      return Promise.resolve(`Loaded image ID: ${id}\n`);
    } else if (what === "tag") {
      mockEngine.names.set(last, args[0] ?? "");
    } else if (what === "rm") {
      const id = mockEngine.names.get(last);
      mockEngine.names.delete(last);
      if (id !== undefined && !mockHas(id)) mockDone.push(`drop ${id}`);
      if (id !== undefined && ![...mockEngine.names.values()].includes(id)) mockEngine.loaded.delete(id);
    }
    return Promise.resolve("");
  },
}));
jest.mock("../../../engine/inspect", () => ({
  inspect: (_kind: string, name: string) => {
    const id = mockEngine.names.get(name) ?? name;
    return Promise.resolve(mockHas(id) ? { Id: id } : undefined);
  },
}));
let mockBroken = "";
jest.mock("../../../imaging/build", () => ({
  build: async ({ image, tag, foundations, hold }: Build) => {
    for (const argument of foundations) expect(mockEngine.names.has(await hold(argument))).toBe(true);
    if (image === mockBroken) throw new Error(`${image} can't be built`);
    mockEngine.names.set(tag, `sha256:${image}`);
    mockDone.push(`build ${image}`);
  },
}));

const cache = useOwnCache();
const request = (image: string): ImageRequest => ({ image, source: "build" });
const options = { log: () => undefined };

beforeEach(() => {
  mockEngine.names.clear();
  mockEngine.loaded.clear();
  mockEngine.saved = [];
  mockDone.length = 0;
  mockBroken = "";
});

test("what images stand on is made once and stays until all are made, and then the engine is empty again", async () => {
  await prepareImages(["desk", "shelf", "floor"].map(request), options);
  expect(mockDone.filter((line) => line.startsWith("build")).sort()).toEqual(
    ["build desk", "build floor", "build ground", "build shelf"].sort(),
  );
  expect(mockDone.filter((line) => line.startsWith("load"))).toEqual([]);
  expect(mockDone.filter((line) => /drop sha256:(ground|floor)/.test(line))).toHaveLength(2);
  expect(mockDone.slice(-2).every((line) => /drop sha256:(ground|floor)/.test(line))).toBe(true);
  expect(mockEngine.names.size).toBe(0);
});

test("what is in the cache alone is loaded once for all that stand on it", async () => {
  await prepareImages([request("floor")], options);
  mockDone.length = 0;
  await prepareImages(["desk", "shelf"].map(request), options);
  expect(mockDone.filter((line) => line.startsWith("load")).sort()).toEqual([
    "load sha256:floor",
    "load sha256:ground",
  ]);
  expect(mockEngine.names.size).toBe(0);
});

test("nothing stays where one of them can't be made", async () => {
  mockBroken = "desk";
  await expect(prepareImages(["desk", "shelf"].map(request), options)).rejects.toThrow(/desk can't be built/);
  expect(mockEngine.names.size).toBe(0);
});

test("an image that is asked for by itself has no name in the end, and what it stands on is gone", async () => {
  await expect(ensureImage(request("floor"), options)).resolves.toBe("sha256:floor");
  expect(mockEngine.names.size).toBe(0);
  expect(mockDone.at(-1)).not.toBe("drop sha256:floor");
});

test("images that another machine has exported are loaded, and nothing is built", async () => {
  await prepareImages([request("desk")], options);
  const source = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-source-"));
  await exportCache(source, options.log);
  fs.rmSync(path.join(cache.folder(), "images"), { recursive: true });
  mockDone.length = 0;
  process.env["MCP_CACHE_SOURCE"] = source;
  try {
    await prepareImages([request("desk")], options);
    expect(mockDone).toEqual([]);
    await expect(ensureImage(request("desk"), options)).resolves.toBe("sha256:desk");
    expect(mockDone).toEqual(["load sha256:desk"]);
  } finally {
    delete process.env["MCP_CACHE_SOURCE"];
    fs.rmSync(source, { recursive: true });
  }
});
