import * as fs from "node:fs";
import * as path from "node:path";
import { imageKey, imageNames, type ImageRequest, type ImageSource } from "../../../imaging";
import { canBuild, recipeOf, standsOn } from "../../../imaging/recipe";
import { useProjectCopy } from "./project";

jest.mock("../../../imaging/cache", () =>
  jest.requireActual<typeof import("./project")>("./project").cacheOfCopy(),
);

const project = useProjectCopy();

const sources: ImageSource[] = ["build", "registry"];
const hasUpstream = (image: string) => image !== "debian";

function standsOnDebian(image: string): boolean {
  const recipe = recipeOf(image);
  return recipe.suite !== undefined || Object.values(standsOn(recipe)).some(standsOnDebian);
}

function keys(): Record<string, string> {
  const wanted = sources.flatMap((source) => imageNames.map((image) => ({ image, source })));
  return Object.fromEntries(
    wanted
      .filter(({ image, source }) => (source === "build" ? canBuild(image) : hasUpstream(image)))
      .map((request) => [`${request.image} ${request.source}`, imageKey(request)]),
  );
}

/** The images whose keys a change alters. */
function changedBy(change: () => void): string[] {
  const before = keys();
  change();
  const after = keys();
  return Object.keys(before)
    .filter((name) => before[name] !== after[name])
    .sort();
}

test("are short, all different, and the same again", () => {
  const first = keys();
  expect(keys()).toEqual(first);
  expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
  expect(Object.values(first)).toEqual(
    Object.keys(first).map((): unknown => expect.stringMatching(/^[0-9a-f]{16}$/)),
  );
});

test.each([
  ["images/postgres/entrypoint.sh", ["postgres build"]],
  ["images/shared/datadir.sh", ["mariadb build", "postgres build"]],
  [
    "images/python/pip.lock",
    ["build", "registry"]
      .flatMap((s) =>
        ["mcp-search", "python-experimental", "python-experimental-packages", "search-model"].map(
          (image) => `${image} ${s}`,
        ),
      )
      .sort(),
  ],
  ["images/k8s-plugin/Dockerfile", ["k8s-plugin build"]],
  [
    "images/node/Dockerfile",
    [
      "chromium build",
      "devcontainer build",
      "mcp-browser build",
      "mcp-filesystem build",
      "mcp-gateway build",
      "mcp-host build",
      "mcp-search build",
      "node build",
      "sql-mcp build",
      "watchdog build",
    ],
  ],
  ["services/sql-mcp/src/main.ts", ["sql-mcp build", "sql-mcp registry"]],
  ["services/sql-mcp/Dockerfile", ["sql-mcp build", "sql-mcp registry"]],
  ["services/sql-mcp/test/support.ts", []],
])("change with %s, for these only: %j", (file, expected) => {
  expect(changedBy(() => project.edit(file))).toEqual(expected);
});

test("change with the base for every image that is built on it, and for no pulled one", () => {
  const changed = changedBy(() => project.edit("images/debian/dpkg-slim.cfg"));
  expect(changed).toEqual(
    imageNames
      .filter((image) => canBuild(image) && standsOnDebian(image))
      .map((image) => `${image} build`)
      .sort(),
  );
});

test("change when a file becomes a program", () => {
  const file = "images/mariadb/my.cnf";
  expect(changedBy(() => fs.chmodSync(path.join(project.root, file), 0o755))).toEqual(["mariadb build"]);
});

test("do not change with a file's mode beyond that", () => {
  const file = "images/mariadb/my.cnf";
  expect(changedBy(() => fs.chmodSync(path.join(project.root, file), 0o600))).toEqual([]);
});

describe("of the locked packages", () => {
  const bump = (place: string) => () =>
    project.edit("package-lock.json", (text) => {
      const lock = JSON.parse(text) as { packages: Record<string, { integrity?: string }> };
      const locked = lock.packages[place];
      if (!locked) throw new Error(`${place} is not locked`);
      locked.integrity = "sha512-other";
      return JSON.stringify(lock);
    });

  test("change with those that go into a service, also indirectly", () => {
    expect(changedBy(bump("node_modules/pg-protocol"))).toEqual(["sql-mcp build", "sql-mcp registry"]);
  });

  test("do not change with any other", () => {
    expect(changedBy(bump("node_modules/jest"))).toEqual([]);
  });
});

describe("of pulled images", () => {
  const request: ImageRequest = { image: "postgres", source: "registry" };

  test("are the same from a mirror: the digest says what comes", () => {
    expect(imageKey({ ...request, registryPrefix: "mirror.example:5000/" })).toBe(imageKey(request));
  });

  test("change with a reference of one's own", () => {
    const own = imageKey({ ...request, reference: "mirror.example:5000/postgres:16" });
    expect(own).not.toBe(imageKey(request));
    expect(imageKey({ ...request, reference: "mirror.example:5000/postgres:17" })).not.toBe(own);
  });

  test("change what is built on them", () => {
    const service: ImageRequest = { image: "sql-mcp", source: "registry" };
    const bases = { node: "localhost:5000/node:22" };
    expect(imageKey({ ...service, bases })).not.toBe(imageKey(service));
    expect(imageKey({ ...service, bases: { python: "localhost:5000/python:3" } })).toBe(imageKey(service));
    expect(imageKey({ ...service, source: "build", bases })).toBe(imageKey({ ...service, source: "build" }));
  });
});

test("name the file that is missing", () => {
  fs.rmSync(path.join(project.root, "images/mariadb/my.cnf"));
  expect(() => imageKey({ image: "mariadb", source: "build" })).toThrow(/is missing: .*my\.cnf/);
});

test("of an unknown image are an error that names the known", () => {
  expect(() => imageKey({ image: "oracle", source: "build" })).toThrow(/no image "oracle"; known are debian/);
});
