import * as fs from "node:fs";
import * as path from "node:path";
import { imageKey } from "../../../imaging";
import { isLocked } from "../../../imaging/packages/lock-file";
import { plainName } from "../../../imaging/packages/package";
import { canBuild, recipeOf } from "../../../imaging/recipe";
import { useProjectCopy } from "./project";

jest.mock("../../../imaging/cache", () =>
  jest.requireActual<typeof import("./project")>("./project").cacheOfCopy(),
);

const project = useProjectCopy();

const memory = "npm:@modelcontextprotocol/server-memory@2026.8.31";
const time = "pypi:mcp-server-time==2026.10.19";
const key = (image: string) => imageKey({ image, source: "build" });

describe.each([
  [memory, "images/locks/npm-modelcontextprotocol-server-memory-2026-8-31/package-lock.json"],
  [time, "images/locks/pypi-mcp-server-time-2026-10-19/requirements.lock"],
])("the image of %s", (image, lock) => {
  test("is what its lock and its host are", () => {
    expect(isLocked(image)).toBe(true);
    const before = key(image);
    expect(key(image)).toBe(before);
    project.edit(lock);
    const locked = key(image);
    expect(locked).not.toBe(before);
    project.edit("services/mcp-host/src/proxy.ts");
    expect(key(image)).not.toBe(locked);
  });

  test("can be made wherever its host can, and has a name that an engine takes", () => {
    expect(canBuild(image)).toBe(true);
    expect(plainName(image)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const file of Object.keys(recipeOf(image).files))
      expect(fs.existsSync(path.join(project.root, file))).toBe(true);
  });

  test("has no key without its lock", () => {
    fs.rmSync(path.join(project.root, lock));
    expect(isLocked(image)).toBe(false);
    expect(() => key(image)).toThrow();
  });
});
