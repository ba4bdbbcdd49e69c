import * as fs from "node:fs";
import * as path from "node:path";
import { labelStages } from "../../../imaging/context";
import { imageNames, recipeOf, standsOn } from "../../../imaging/recipe";

const root = path.resolve(__dirname, "../../..");
const dockerfiles = imageNames.flatMap((image): [string, string[]][] => {
  const recipe = recipeOf(image);
  return recipe.dockerfile ? [[recipe.dockerfile, Object.keys(standsOn(recipe))]] : [];
});

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

test.each(dockerfiles)("%s stands on %j alone and leaves no list of packages behind", (file, known) => {
  const text = fs.readFileSync(path.join(root, file), "utf8");
  const all = text.split(/^FROM /m).slice(1);
  const stages = all.filter((stage) => !stage.startsWith("scratch\n")); // nothing, which every engine has
  for (const stage of stages) expect(known).toContain(/^\$\{(\w+)\}/.exec(stage)?.[1]);
  const last = stages.at(-1) ?? "";
  if (last.includes("apt-get update")) expect(last).toContain("rm -rf /var/lib/apt/lists/*");
});

test.each(imageNames)("the recipe of %s names files that are there", (image) => {
  const { files, dockerfile } = recipeOf(image);
  for (const file of [...Object.keys(files), ...(dockerfile ? [dockerfile] : [])])
    expect(fs.existsSync(path.join(root, file))).toBe(true);
});
