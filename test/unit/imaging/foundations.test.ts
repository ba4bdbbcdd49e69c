import { recipes } from "../../../images/recipes";
import { imageKey } from "../../../imaging";
import { canBuild, recipeOf } from "../../../imaging/recipe";
import { originOf } from "../../../imaging/reference";

jest.mock("../../../images/recipes", () => {
  const [files, seconds, dockerfile] = [{}, 1, "images/python/Dockerfile"];
  return {
    recipes: {
      debian: { suite: "bookworm", files, seconds },
      debian13: { suite: "trixie", files, seconds },
      tool: { upstream: "node", base: "debian13", dockerfile, files, seconds },
      desk: { base: "debian", images: { TOOL: "tool" }, dockerfile, files, seconds },
      plainDesk: { base: "debian", dockerfile, files, seconds },
      foreign: { upstream: "postgres", files, seconds },
      onForeign: { base: "foreign", dockerfile, files, seconds },
    },
  };
});

describe("an image that takes files from another one", () => {
  test("stands on both, each under the argument that its Dockerfile knows", () => {
    expect(originOf({ image: "desk", source: "build" })).toEqual({
      kind: "build",
      foundations: { BASE: { image: "debian", source: "build" }, TOOL: { image: "tool", source: "build" } },
    });
  });

  test("takes them from the upstream image where images are pulled, or from what takes its place", () => {
    const bases = { tool: "localhost:5000/tool:1" };
    const origin = originOf({ image: "desk", source: "registry", registryPrefix: "m.example/", bases });
    expect(origin).toMatchObject({
      foundations: { TOOL: { source: "registry", registryPrefix: "m.example/", reference: bases.tool } },
    });
  });

  test("is another one when that one changes", () => {
    const before = imageKey({ image: "desk", source: "build" });
    expect(imageKey({ image: "plainDesk", source: "build" })).not.toBe(before);
    jest.replaceProperty(recipes, "tool", { ...recipeOf("tool"), base: "debian" });
    expect(imageKey({ image: "desk", source: "build" })).not.toBe(before);
    jest.restoreAllMocks();
    expect(imageKey({ image: "desk", source: "build" })).toBe(before);
  });
});

test("two suites make two images", () => {
  const key = (image: string) => imageKey({ image, source: "build" });
  expect(key("debian")).not.toBe(key("debian13"));
});

describe("an image that only upstream has", () => {
  test.each([
    ["debian", true],
    ["desk", true],
    ["foreign", false],
    ["onForeign", false],
  ])("%s can be built: %s", (image, possible) => {
    expect(canBuild(image)).toBe(possible);
  });

  test("is refused where images are built, with what to do", () => {
    expect(() => originOf({ image: "foreign", source: "build" })).toThrow(
      /foreign can't be built here, only pulled: set the image source "registry"/,
    );
    expect(originOf({ image: "foreign", source: "registry" }).kind).toBe("pull");
  });
});
