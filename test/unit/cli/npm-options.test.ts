import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refuseTaken } from "../../../cli/npm-options";

const options = ["stack", "config-file", "delete-data", "yes", "json", "registry", "tail"];

/** What npm 11 hands to every script, and what was typed before `--`. */
function environment(typed: Record<string, string>, event = "down") {
  const taken = Object.entries(typed).map(([name, value]) => [`npm_config_${name}`, value]);
  return {
    npm_lifecycle_event: event,
    npm_config_npm_version: "11.0.0",
    npm_config_user_agent: "npm/11.0.0",
    npm_config_noproxy: "",
    npm_config_cache: "/home/me/.npm",
    ...Object.fromEntries(taken),
  } as NodeJS.ProcessEnv;
}

it.each<[typed: Record<string, string>, args: string[], line: string]>([
  [{ stack: "staging" }, [], "npm run down -- --stack staging"],
  [{ stack: "staging" }, ["--delete-data"], "npm run down -- --stack staging --delete-data"],
  [{ stack: "true" }, ["tekup-dev"], "npm run down -- --stack tekup-dev"],
  [{ stack: "my stack" }, [], "npm run down -- --stack 'my stack'"],
  [{ config_file: "/a b/P.yaml" }, [], "npm run down -- --config-file '/a b/P.yaml'"],
  [{ delete_data: "true" }, ["mariadb"], "npm run down -- --delete-data mariadb"],
  [{ delete_data: "true", stack: "prod" }, [], "npm run down -- --delete-data --stack prod"],
  [{ yes: "true" }, [], "npm run down -- --yes"],
  [{ json: "true" }, [], "npm run down -- --json"],
  [{ tail: "5" }, ["mariadb"], "npm run down -- --tail 5 mariadb"],
  // A letter off.
  [{ stak: "staging" }, [], "npm run down -- --stack staging"],
  [{ delete_dta: "true" }, [], "npm run down -- --delete-data"],
])("npm took %j, and %j came through: refused with the line that is right", (typed, args, line) => {
  expect(() => refuseTaken(options, args, environment(typed))).toThrow(line);
});

it.each<[why: string, typed: Record<string, string>, args: string[]]>([
  ["nothing was", {}, ["mariadb"]],
  ["it came through as well", { stack: "staging" }, ["--stack", "staging"]],
  ["it came through in one word", { stack: "staging" }, ["--stack=staging"]],
  ["it is npm's own", { loglevel: "warn", fund: "" }, []],
  ["it is off", { yes: "" }, []],
  ["it is nobody's, which npm says", { wibble: "true" }, []],
  [
    "it is what npm hands on",
    { local_prefix: "/a", global_prefix: "/usr", prefix: "/usr", node_gyp: "/b" },
    [],
  ],
])("refuses nothing where %s", (_, typed, args) => {
  expect(() => refuseTaken(options, args, environment(typed))).not.toThrow();
});

it("takes no setting of npm's files or of the environment for one that was typed", () => {
  const folder = mkdtempSync(join(tmpdir(), "npm-options-"));
  try {
    const file = join(folder, ".npmrc");
    writeFileSync(file, "; mine\nregistry = https://packages.example/\nyes=true\nnodedir=/usr\n");
    const typed = { registry: "https://packages.example/", yes: "true", nodedir: "/usr", json: "true" };
    const given = { ...environment(typed), npm_config_userconfig: file, NPM_CONFIG_JSON: "true" };
    expect(() => refuseTaken(options, [], given)).not.toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("refuses nothing where no npm ran the command", () => {
  expect(() => refuseTaken(options, [], { npm_config_stack: "staging" })).not.toThrow();
});
