import * as fs from "node:fs";
import * as path from "node:path";
import { labelStages } from "../../../imaging/context";
import { imageNames, recipeOf } from "../../../imaging/recipe";

const root = path.resolve(__dirname, "../../..");
const dockerfiles = imageNames.flatMap((image) => recipeOf(image).dockerfile ?? []);

test("every stage of a build is labelled, right at its start", () => {
  const labelled = labelStages(
    "ARG BASE\nFROM ${BASE} AS one\nRUN true\nFROM ${BASE}\nRUN true\n",
    "postgres-1",
  );
  expect(labelled.split("\n")).toEqual([
    "ARG BASE",
    "FROM ${BASE} AS one",
    "LABEL dev.mcp.build=postgres-1 dev.mcp.image=",
    "RUN true",
    "FROM ${BASE}",
    "LABEL dev.mcp.build=postgres-1 dev.mcp.image=",
    "RUN true",
    "",
  ]);
});

test.each(dockerfiles)("%s stands on its base alone and leaves no list of packages behind", (file) => {
  const text = fs.readFileSync(path.join(root, file), "utf8");
  const stages = text.split(/^FROM /m).slice(1);
  expect(stages.every((stage) => stage.startsWith("${BASE}"))).toBe(true);
  const last = stages.at(-1) ?? "";
  if (last.includes("apt-get update")) expect(last).toContain("rm -rf /var/lib/apt/lists/*");
});

test.each(imageNames)("the recipe of %s names files that are there", (image) => {
  const { files, dockerfile } = recipeOf(image);
  for (const file of [...Object.keys(files), ...(dockerfile ? [dockerfile] : [])])
    expect(fs.existsSync(path.join(root, file))).toBe(true);
});
