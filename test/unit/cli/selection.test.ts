import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { selectionOf } from "../../../cli/tests/selection";

const folder = mkdtempSync(join(tmpdir(), "selection-"));
const files = {
  "services/gateway/test/registry.test.ts": "",
  "test/engine/registry.test.ts": "",
  "test/engine/dev.test.ts": 'import { work } from "./dev/work.part";',
  "test/engine/tekup.test.ts":
    'import { work } from "./dev/work.part";\nimport { access } from "./dev/access.part";',
  "test/engine/dev/work.part.ts": 'export const work = { title: "a client\'s work (all of it)" };',
  "test/engine/dev/access.part.ts": 'export const access = { title: "access" };',
};

beforeAll(() => {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const engine = (...words: string[]) => selectionOf(words, ["engine"], folder);

it("is everything without a word", () => expect(engine()).toEqual({}));

it("is a file of the suite by its name, and no other is loaded", () => {
  expect(engine("registry")).toEqual({ files: ["test/engine/registry.test.ts"] });
  expect(selectionOf(["registry"], ["unit", "services", "engine"], folder).files).toHaveLength(2);
});

it("is a part by its name, on each stack that has it", () => {
  expect(engine("access")).toEqual({ files: ["test/engine/tekup.test.ts"], name: "(^| )(access) " });
  const { files = [], name = "" } = engine("work");
  expect(files.sort()).toEqual(["test/engine/dev.test.ts", "test/engine/tekup.test.ts"]);
  expect("tools a client's work (all of it) finds a file").toMatch(new RegExp(name));
});

it("is tests by a word of their names, in all files", () => {
  expect(engine("settings")).toEqual({ name: "settings" });
  expect(engine("registry", "settings")).toEqual({ name: "registry|settings" });
});

describe("the project's own parts", () => {
  const root = join(__dirname, "..", "..", "..");
  const parts = readdirSync(join(root, "test", "engine"), { recursive: true, encoding: "utf8" }).flatMap(
    (file) => /([^/]+)\.part\.ts$/.exec(file)?.[1] ?? [],
  );

  it.each(parts)("%s is found by its name", (name) => {
    expect(selectionOf([name], ["engine"])).toEqual({
      files: expect.arrayContaining([expect.stringMatching(/^test\/.*\.test\.ts$/)]) as string[],
      ...(existsSync(join(root, "test", "images", `${name}.test.ts`))
        ? {}
        : { name: expect.any(String) as string }),
    });
  });
});
