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
const engine = { names: new Map<string, string>(), loaded: new Set<string>(), saved: [] as string[] };
const done: string[] = [];
const has = (id: string) => engine.loaded.has(id) || [...engine.names.values()].includes(id);

jest.mock("../../../engine/docker", () => ({
  docker: ([, what = "", ...args]: string[]) => {
    const last = args.at(-1) ?? "";
    if (what === "save") {
      engine.saved.push(last);
      fs.writeFileSync(args[1] ?? "", last);
    } else if (what === "load") {
      const id = fs.readFileSync(last, "utf8");
      engine.loaded.add(id);
      done.push(`load ${id}`);
      return Promise.resolve(`Loaded image ID: ${id}\n`);
    } else if (what === "tag") {
      engine.names.set(last, args[0] ?? "");
    } else if (what === "rm") {
      const id = engine.names.get(last);
      engine.names.delete(last);
      if (id !== undefined && !has(id)) done.push(`drop ${id}`);
      if (id !== undefined && ![...engine.names.values()].includes(id)) engine.loaded.delete(id);
    }
    return Promise.resolve("");
  },
}));
jest.mock("../../../engine/inspect", () => ({
  inspect: (_kind: string, name: string) => {
    const id = engine.names.get(name) ?? name;
    return Promise.resolve(has(id) ? { Id: id } : undefined);
  },
}));
let broken = "";
jest.mock("../../../imaging/build", () => ({
  build: async ({ image, tag, foundations, hold }: Build) => {
    for (const argument of foundations) expect(engine.names.has(await hold(argument))).toBe(true);
    if (image === broken) throw new Error(`${image} can't be built`);
    engine.names.set(tag, `sha256:${image}`);
    done.push(`build ${image}`);
  },
}));

const cache = useOwnCache();
const request = (image: string): ImageRequest => ({ image, source: "build" });
const options = { log: () => undefined };

beforeEach(() => {
  engine.names.clear();
  engine.loaded.clear();
  engine.saved = [];
  done.length = 0;
  broken = "";
});

test("what images stand on is made once and stays until all are made, and then the engine is empty again", async () => {
  await prepareImages(["desk", "shelf", "floor"].map(request), options);
  expect(done.filter((line) => line.startsWith("build")).sort()).toEqual(
    ["build desk", "build floor", "build ground", "build shelf"].sort(),
  );
  expect(done.filter((line) => line.startsWith("load"))).toEqual([]);
  expect(done.filter((line) => /drop sha256:(ground|floor)/.test(line))).toHaveLength(2);
  expect(done.slice(-2).every((line) => /drop sha256:(ground|floor)/.test(line))).toBe(true);
  expect(engine.names.size).toBe(0);
});

test("what is in the cache alone is loaded once for all that stand on it", async () => {
  await prepareImages([request("floor")], options);
  done.length = 0;
  await prepareImages(["desk", "shelf"].map(request), options);
  expect(done.filter((line) => line.startsWith("load")).sort()).toEqual([
    "load sha256:floor",
    "load sha256:ground",
  ]);
  expect(engine.names.size).toBe(0);
});

test("nothing stays where one of them can't be made", async () => {
  broken = "desk";
  await expect(prepareImages(["desk", "shelf"].map(request), options)).rejects.toThrow(/desk can't be built/);
  expect(engine.names.size).toBe(0);
});

test("an image that is asked for by itself has no name in the end, and what it stands on is gone", async () => {
  await expect(ensureImage(request("floor"), options)).resolves.toBe("sha256:floor");
  expect(engine.names.size).toBe(0);
  expect(done.at(-1)).not.toBe("drop sha256:floor");
});

test("images that another machine has exported are loaded, and nothing is built", async () => {
  await prepareImages([request("desk")], options);
  const source = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-source-"));
  await exportCache(source, options.log);
  fs.rmSync(path.join(cache.folder(), "images"), { recursive: true });
  done.length = 0;
  process.env["MCP_CACHE_SOURCE"] = source;
  try {
    await prepareImages([request("desk")], options);
    expect(done).toEqual([]);
    await expect(ensureImage(request("desk"), options)).resolves.toBe("sha256:desk");
    expect(done).toEqual(["load sha256:desk"]);
  } finally {
    delete process.env["MCP_CACHE_SOURCE"];
    fs.rmSync(source, { recursive: true });
  }
});
