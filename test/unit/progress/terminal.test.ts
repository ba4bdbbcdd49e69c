import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeEngine, json } from "../engine/fake-engine";
import { TerminalRun } from "./terminal";

/** Stands for the CLI: a pull takes until its end is decided, by a file with the image's name. */
const cli = (folder: string) => `#!/bin/sh
name=$(basename "$4" | cut -d: -f1)
case "$1 $2" in
  "version --format") echo 27.0 ;;
  "image pull") until [ -e "${folder}/$name" ]; do sleep 0.1; done; . "${folder}/$name" ;;
esac || exit 1
`;

/** Stands for the engine: it has an image once the end of its pull is decided. */
const engine = new FakeEngine(({ url = "" }, answer) => {
  const [, image] = /^\/images\/.*?([a-z]+):[^/]*\/json/.exec(decodeURIComponent(url)) ?? [];
  if (image && existsSync(join(folder, image))) json(answer, 200, { Id: "sha256:1" });
  else json(answer, 404, { message: "no such image" });
});
beforeAll(() => engine.start());
afterAll(() => engine.stop());

/** Stands for Pulumi, whose update fails: nothing is asked of the engine afterwards. */
const pulumi = `#!/bin/sh
[ "$1" != version ] || echo v3.256.0
[ "$1" != up ] || { echo "Updating (dev):"; exit 1; }
`;

const settings = `config:
  mcp:system: devcontainer
  mcp:tiers: 1
  mcp:imageSource: registry
  mcp:imageReferences: { postgres: "registry.test/postgres:16", mariadb: "registry.test/mariadb:11" }
`;

// The command starts, in as long as the machine takes for it.
jest.setTimeout(120_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "progress-"));
  for (const [name, program] of Object.entries({ docker: cli(folder), pulumi })) {
    writeFileSync(join(folder, name), program);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, "settings.yaml"), settings);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs one of the project's commands for the stack of those settings. */
function run(command: string): TerminalRun {
  const { CI: _, NO_COLOR: __, ...env } = process.env;
  const start = join(__dirname, "..", "..", "..", "cli", "start.mjs");
  return new TerminalRun(
    `'${process.execPath}' '${start}' ${command} --config-file '${folder}/settings.yaml'`,
    {
      ...env,
      PATH: `${folder}:${env["PATH"]}`,
      MCP_CACHE: join(folder, "cache"),
      PULUMI_BACKEND_URL: `file://${folder}`,
    },
  );
}

/** Decides how the pull of an image ends. */
function end(image: string, how: string) {
  writeFileSync(join(folder, "how"), how);
  renameSync(join(folder, "how"), join(folder, image));
}

/** The screen with every time as `N s`. */
const seen = (run: TerminalRun) => run.lines().map((line) => line.replace(/\d+ s\b/g, "N s"));

describe("a command on a terminal", () => {
  it("shows what runs, and in the end a line of each step and nothing else", async () => {
    const command = run("images");
    await command.shows(
      /^ {2}Images {2}[▰▱]{10} {2}[1-9]\d* s, usually 20 s {2}pulling registry.test\/postgres:16$/,
    );
    await command.shows(/^ {2}Images .* pulling registry.test\/mariadb:11$/);
    end("postgres", "true");
    await command.shows(/^ {2}✔ Images {2}pulling registry.test\/postgres:16 {2}\d+ s$/);
    await command.shows(/^ {2}Images .* bringing 2 images: 1 are there$/);
    end("mariadb", "true");
    expect(await command.ends()).toBe(0);
    expect(seen(command)).toEqual([
      '  Images  source "registry", by the setting mcp:imageSource',
      "  ✔ Images  pulling registry.test/postgres:16  N s",
      "  ✔ Images  pulling registry.test/mariadb:11  N s",
      "  ✔ Images  bringing 2 images  N s",
    ]);
    expect(command.cursorIsBack()).toBe(true);
  });

  it("leaves the terminal to Pulumi when nothing of its own runs any more", async () => {
    const command = run("up");
    await command.shows(/[1-9]\d* s, usually 20 s +pulling registry.test\/postgres:16$/);
    end("postgres", "true");
    end("mariadb", "true");
    expect(await command.ends()).toBe(1);
    const lines = seen(command);
    const done = lines.indexOf("  ✔ Images  bringing 2 images  N s");
    expect(lines.slice(done + 1, done + 4)).toEqual([
      "Updating (dev):",
      "",
      expect.stringMatching(/^The stack "dev" is not up; the message above says why/),
    ]);
    expect(command.cursorIsBack("Updating (dev):")).toBe(true);
  });

  it("ends with why a step failed, and what to do", async () => {
    const command = run("images");
    await command.shows(/pulling registry.test\/mariadb:11/);
    end("mariadb", 'echo "manifest unknown" >&2; false');
    await command.shows(/✖ Images {2}pulling registry.test\/mariadb:11 {2}failed after/);
    end("postgres", "true");
    expect(await command.ends()).toBe(1);
    expect(seen(command).join("\n")).toMatch(
      /✖ Images {2}bringing 2 images {2}failed after N s\ncould not pull registry.test\/mariadb:11: manifest unknown[\s\S]*What was made is kept/,
    );
    expect(command.cursorIsBack()).toBe(true);
  });

  it("leaves no list behind on Ctrl-C, and gives the cursor back", async () => {
    const command = run("images");
    await command.shows(/[1-9]\d* s, usually 20 s +pulling registry.test\/postgres:16$/);
    command.press("\u0003");
    expect(await command.ends()).not.toBe(0);
    expect(seen(command).filter((line) => !line.startsWith("  –"))).toEqual([
      '  Images  source "registry", by the setting mcp:imageSource',
    ]);
    expect(seen(command)).toContain("  – Images  pulling registry.test/postgres:16  stopped after N s");
    expect(command.cursorIsBack()).toBe(true);
  });
});
