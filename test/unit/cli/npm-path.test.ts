import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathWithoutNpm } from "../../../cli/npm-path";

it("is the PATH as it was before npm put programs of packages before it", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "npm-path-")));
  const clone = join(folder, "a", "clone");
  mkdirSync(clone, { recursive: true });
  const print = `node -e "console.log(JSON.stringify(process.env))"`;
  writeFileSync(join(clone, "package.json"), JSON.stringify({ scripts: { print } }));
  const before = `${process.env.PATH}:/opt/node_modules/.bin`;
  const { stdout } = spawnSync("npm", ["run", "--silent", "print"], {
    cwd: clone,
    env: { ...process.env, PATH: before },
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  const environment = JSON.parse(stdout) as NodeJS.ProcessEnv;
  expect(environment.PATH).toContain(`${folder}/node_modules/.bin`);
  expect(pathWithoutNpm(environment, clone)).toBe(ownPath(before, clone));
});

/** What jest's own npm put there, below this very project, is no matter of this test's. */
function ownPath(path: string, clone: string): string {
  return pathWithoutNpm({ PATH: path, npm_lifecycle_event: "test" }, clone);
}

it("is the PATH as it is where npm runs nothing", () => {
  const PATH = "/home/ann/project/node_modules/.bin:/usr/bin";
  expect(pathWithoutNpm({ PATH }, "/home/ann/project")).toBe(PATH);
});

it("keeps entries of the user's own, behind the first that is not npm's", () => {
  const npm = ["/w/p/node_modules/.bin", "/w/node_modules/.bin", "/node_modules/.bin", "/npm/node-gyp-bin"];
  const own = ["/home/ann/bin", "/other/node_modules/.bin", "/usr/bin", "/w/node_modules/.bin"];
  const PATH = [...npm, ...own].join(":");
  expect(pathWithoutNpm({ PATH, npm_lifecycle_event: "env" }, "/w/p")).toBe(own.join(":"));
  const other = "/other/node_modules/.bin:/usr/bin";
  expect(pathWithoutNpm({ PATH: `${npm[0]}:${other}`, npm_lifecycle_event: "env" }, "/w/p")).toBe(other);
});
