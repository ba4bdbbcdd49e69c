import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TerminalRun } from "./terminal";

/** Stands for the engine: a pull takes until its end is decided, by a file with the image's name. */
const engine = (folder: string) => `#!/bin/sh
name=$(basename "$4" | cut -d: -f1)
case "$1 $2" in
  "image inspect") [ -e "${folder}/$(basename "$3" | cut -d: -f1)" ] && echo '[{"Id":"sha256:1"}]' ;;
  "image pull") until [ -e "${folder}/$name" ]; do sleep 0.1; done; . "${folder}/$name" ;;
esac || { echo "no such image" >&2; exit 1; }
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
  writeFileSync(join(folder, "docker"), engine(folder));
  chmodSync(join(folder, "docker"), 0o755);
  writeFileSync(join(folder, "settings.yaml"), settings);
});
afterEach(() => rmSync(folder, { recursive: true }));

function bringImages(): TerminalRun {
  const { CI: _, NO_COLOR: __, ...env } = process.env;
  const start = join(__dirname, "..", "..", "..", "cli", "start.mjs");
  return new TerminalRun(`'${process.execPath}' '${start}' images --config-file '${folder}/settings.yaml'`, {
    ...env,
    PATH: `${folder}:${env["PATH"]}`,
    MCP_CACHE: join(folder, "cache"),
  });
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
    const run = bringImages();
    await run.shows(
      /^ {2}Images {2}[▰▱]{10} {2}[1-9]\d* s, usually 20 s {2}pulling registry.test\/postgres:16$/,
    );
    await run.shows(/^ {2}Images .* pulling registry.test\/mariadb:11$/);
    end("postgres", "true");
    await run.shows(/^ {2}✔ Images {2}pulling registry.test\/postgres:16 {2}\d+ s$/);
    await run.shows(/^ {2}Images .* bringing 2 images: 1 are there$/);
    end("mariadb", "true");
    expect(await run.ends()).toBe(0);
    expect(seen(run)).toEqual([
      '  Images  source "registry", by the setting mcp:imageSource',
      "  ✔ Images  pulling registry.test/postgres:16  N s",
      "  ✔ Images  pulling registry.test/mariadb:11  N s",
      "  ✔ Images  bringing 2 images  N s",
    ]);
    expect(run.cursorIsBack).toBe(true);
  });

  it("ends with why a step failed, and what to do", async () => {
    const run = bringImages();
    await run.shows(/pulling registry.test\/mariadb:11/);
    end("mariadb", 'echo "manifest unknown" >&2; false');
    await run.shows(/✖ Images {2}pulling registry.test\/mariadb:11 {2}failed after/);
    end("postgres", "true");
    expect(await run.ends()).toBe(1);
    expect(seen(run).join("\n")).toMatch(
      /✖ Images {2}bringing 2 images {2}failed after N s\ncould not pull registry.test\/mariadb:11: manifest unknown[\s\S]*What was made is kept/,
    );
    expect(run.cursorIsBack).toBe(true);
  });

  it("leaves no list behind on Ctrl-C, and gives the cursor back", async () => {
    const run = bringImages();
    await run.shows(/[1-9]\d* s, usually 20 s +pulling registry.test\/postgres:16$/);
    run.press("\u0003");
    expect(await run.ends()).not.toBe(0);
    expect(seen(run).filter((line) => !line.startsWith("  –"))).toEqual([
      '  Images  source "registry", by the setting mcp:imageSource',
    ]);
    expect(seen(run)).toContain("  – Images  pulling registry.test/postgres:16  stopped after N s");
    expect(run.cursorIsBack).toBe(true);
  });
});
