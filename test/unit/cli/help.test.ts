import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandHelp } from "../../../cli/help";
import { optionsOf, type Usage } from "../../../cli/arguments";
import { projectRoot } from "../../../imaging/cache";
import { version } from "../../../package.json";

const folder = join(projectRoot, "cli", "commands");
const names = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));
const cli = (...args: string[]) =>
  execFileSync(process.execPath, [join(projectRoot, "cli", "start.mjs"), ...args], { encoding: "utf8" });

it.each(names)("%s says what it does and all that it takes", async (name) => {
  const { usage } = (await import(join(folder, `${name}.ts`))) as { usage: Usage };
  const text = commandHelp(name, usage);
  expect(text).toContain(usage.summary);
  for (const option of Object.keys(optionsOf(usage))) expect(text).toContain(`--${option}`);
  expect(
    Math.max(
      ...text
        .split("\n")
        .slice(1)
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(120);
});

it("is printed for one command, for all, and nothing is done", () => {
  expect(cli("down", "--delete-data", "--help")).toMatch(
    /^npm run down -- .*\n[\s\S]*--delete-data +deletes/,
  );
  const all = cli("--help");
  for (const name of names) expect(all).toMatch(new RegExp(`^  ${name} `, "m"));
  expect(cli()).toBe(all);
});

it("and the version is that of the package", () => {
  expect(cli("--version")).toBe(`${version}\n`);
  expect(cli("up", "--version")).toBe(`${version}\n`);
});

it("every command of package.json is one of them", () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const run = Object.values(scripts).flatMap((line) => /^node cli\/start\.mjs (\S+)/.exec(line)?.[1] ?? []);
  expect([...new Set(run)].sort()).toEqual(names.sort());
});
