import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
let work: string;

/** A clone with a branch of its own, as somebody who works on a change has it. */
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "mcp-branch-"));
  execFileSync("git", ["clone", "--quiet", "--no-hardlinks", root, join(work, "clone")]);
  work = join(work, "clone");
  symlinkSync(join(root, "node_modules"), join(work, "node_modules"));
  git("checkout", "--quiet", "-b", "base");
  git("checkout", "--quiet", "-b", "change");
});
afterAll(() => rmSync(join(work, ".."), { recursive: true, force: true }));

function git(...args: string[]): string {
  const who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
  return execFileSync("git", ["-C", work, ...who, ...args], { encoding: "utf8" });
}

function preview(...options: string[]) {
  // Not by way of start.mjs: where the lockfile is being changed it would put the clone's packages in the place of this one's.
  const command = [
    "--require",
    "./loader/register.cjs",
    "cli/main.ts",
    "preview",
    "--base",
    "base",
    ...options,
  ];
  const env = { ...process.env, GITHUB_BASE_REF: "", MCP_IMAGE_SOURCE: "registry" };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: work,
    encoding: "utf8",
    env,
  });
  return { code: status, output: stdout + stderr, stdout };
}

const touched = () => JSON.parse(preview("--touched").stdout) as string[];

describe("a branch against the one that it is for", () => {
  it("touches no stack by documents and tests, and by its settings the one that they are of", () => {
    appendFileSync(join(work, "README.md"), "\nA word.\n");
    expect(touched()).toEqual([]);
    appendFileSync(join(work, "Pulumi.dev.yaml"), "  mcp:services:\n    mariadb: { memory: 1g }\n");
    expect(touched()).toEqual(["dev"]);
    expect(preview("--stack", "dev", "--without-state").output).toMatch(
      /- tiers\.databases\.services\.mariadb\.memoryMiB: 512\n\+ tiers\.databases\.services\.mariadb\.memoryMiB: 1024/,
    );
  });

  it("may lose the data that a commit of its own allows it to, and no other", () => {
    const file = join(work, "Pulumi.dev.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8")}  mcp:namePrefix: other-\n`);
    const atRisk = () => {
      const { code, output } = preview("--stack", "dev", "--without-state");
      const [, volumes = ""] = /Data is at risk: (.*)\.\*\*/.exec(output) ?? [];
      return { code, output, volumes: volumes.split(", ").filter(Boolean) };
    };
    const refused = atRisk();
    expect(refused.code).toBe(1);
    expect(refused.volumes).toEqual(expect.arrayContaining(["postgres-data", "mariadb-data"]));

    const commit = (message: string, ...volumes: string[]) => {
      const trailers = volumes.map((volume) => `Allow-Data-Loss: ${volume}`).join("\n");
      git("commit", "--quiet", "--all", "--allow-empty", "--message", `${message}\n\n${trailers}`);
    };
    commit("Start over", "dev/postgres-data", "prod/mariadb-data");
    const half = atRisk();
    expect(half.code).toBe(1);
    expect(half.volumes).toEqual(refused.volumes.filter((volume) => volume !== "postgres-data"));
    expect(half.output).toMatch(/`postgres-data`.*Allowed by commit [0-9a-f]+ \(Start over\)/);

    commit("The others as well", ...half.volumes.map((volume) => `dev/${volume}`));
    expect(atRisk()).toMatchObject({ code: 0, volumes: [] });
  });

  it("is not compared with a base that is not there", () => {
    const { code, output } = preview("--stack", "dev", "--without-state", "--base", "no-such-branch");
    expect(code).toBe(2);
    expect(output).toMatch(/--base: .*"no-such-branch".*git fetch/);
  });
});
