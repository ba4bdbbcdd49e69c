import * as fs from "node:fs";
import * as path from "node:path";
import { archivedId, hasArchive, loadArchive, saveArchive } from "../../../imaging/archive";
import { deadPid, useOwnCache } from "./cache-folder";

const cache = useOwnCache();
const mockEngine = { images: new Set<string>(), saving: (file: string) => fs.writeFileSync(file, "layers") };

jest.mock("../../../engine/docker", () => ({
  docker: (args: string[]) => {
    if (args[1] === "save") mockEngine.saving(args[args.indexOf("--output") + 1] ?? "");
    if (args[1] === "load") mockEngine.images.add("sha256:aa");
    return Promise.resolve(args[1] === "load" ? "Loaded image ID: sha256:aa\n" : "");
  },
}));
jest.mock("../../../engine/inspect", () => ({
  inspect: (_kind: string, name: string) =>
    Promise.resolve(mockEngine.images.has(name) ? { Id: name } : undefined),
}));

const name = "postgres-0123456789abcdef";
const archive = () => path.join(cache.folder(), "images", `${name}.tar`);
const filesIn = (folder: string) => fs.readdirSync(path.join(cache.folder(), folder));

beforeEach(async () => {
  mockEngine.images = new Set(["sha256:aa"]);
  mockEngine.saving = (file) => fs.writeFileSync(file, "layers");
});

test("an image is kept and loaded again", async () => {
  await saveArchive(name, "sha256:aa");
  expect(hasArchive(name)).toBe(true);
  expect(archivedId(name)).toBe("sha256:aa");
  mockEngine.images.clear();
  await expect(loadArchive(name, fail)).resolves.toBe("sha256:aa");
});

test.each([
  ["cut short", () => fs.truncateSync(archive(), 3), /3 bytes instead of 6/],
  ["altered", () => fs.writeFileSync(archive(), "lawyer"), /checksum is wrong/],
])("an archive that was %s is noticed and removed", async (_how, damage, why) => {
  await saveArchive(name, "sha256:aa");
  damage();
  const told: string[] = [];
  await expect(loadArchive(name, (line) => told.push(line))).resolves.toBeUndefined();
  expect(told).toEqual([expect.stringMatching(why)]);
  expect(hasArchive(name)).toBe(false);
  expect(filesIn("images")).toEqual([]);
});

test("an archive without its note does not count: it was cut short between the two", async () => {
  await saveArchive(name, "sha256:aa");
  fs.rmSync(archive().replace(".tar", ".json"));
  expect(hasArchive(name)).toBe(false);
  await expect(loadArchive(name, fail)).resolves.toBeUndefined();
});

test("a full disk leaves nothing behind", async () => {
  mockEngine.saving = (file) => {
    fs.writeFileSync(file, "lay");
    throw new Error("no space left on device");
  };
  await expect(saveArchive(name, "sha256:aa")).rejects.toThrow("no space left");
  expect(hasArchive(name)).toBe(false);
  expect(filesIn("images")).toEqual([]);
  expect(filesIn("scratch")).toEqual([]);
});

test("what a killed process has left half done is cleared away", async () => {
  const left = path.join(cache.folder(), "scratch", `${deadPid}-abcd`);
  fs.mkdirSync(left, { recursive: true });
  fs.writeFileSync(path.join(left, "image.tar"), "lay");
  await saveArchive(name, "sha256:aa");
  expect(fs.existsSync(left)).toBe(false);
});

test("of an image's former contents the four used last are kept, and no other image's touched", async () => {
  await saveArchive("postgres-exporter-0123456789abcdef", "sha256:aa");
  for (let number = 1; number <= 6; number++) {
    const one = `postgres-${String(number).padStart(16, "0")}`;
    await saveArchive(one, "sha256:aa");
    const used = new Date(Date.now() - 100_000 + number * 1000);
    fs.utimesSync(path.join(cache.folder(), "images", `${one}.tar`), used, used);
  }
  const kept = filesIn("images").filter((file) => file.endsWith(".json"));
  expect(kept).toHaveLength(5);
  expect(kept).toContain("postgres-exporter-0123456789abcdef.json");
  expect(kept).toContain("postgres-0000000000000006.json");
});

function fail(why: string): never {
  throw new Error(`taken for damaged: ${why}`);
}
