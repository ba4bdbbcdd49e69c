import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

// A guard against a command that hangs; nothing passes or fails by the clock.
jest.setTimeout(5 * 60_000);

const root = join(__dirname, "..", "..", "..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulumi-calls-"));
  const state = { deployment: { manifest: { time: "now" }, resources: [] } };
  program(
    "pulumi",
    `echo "$*" >> '${join(folder, "calls")}'`,
    'case "$*" in',
    "  version) echo v3.250.0 ;;",
    `  *"stack export"*) echo '${JSON.stringify(state)}' ;;`,
    '  *"stack history"*) echo "[]" ;;',
    "esac",
  );
  program("docker", 'if [ "$1" = version ]; then echo 20.10.0; else exit 1; fi');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, ...lines: string[]) {
  const file = join(folder, name);
  writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(file, 0o755);
}

/** One of the project's commands, with what stands in for Pulumi and Docker. */
function command(...args: string[]) {
  return spawnSync(process.execPath, ["--require", "./loader/register.cjs", "cli/main.ts", ...args], {
    cwd: root,
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      DOCKER_HOST: `unix://${join(folder, "no.sock")}`,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "for tests",
      MCP_IMAGE_SOURCE: "registry",
    },
  });
}

/** What of Pulumi a command runs, each by the words that say what it does. */
function calls(...args: string[]): string[] {
  const { stdout, stderr } = command(...args);
  try {
    const lines = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
    const words = /version|preview|config|stack (?:export|history|output|init)|up|destroy/;
    return lines.map((line) => words.exec(line.replace(root, ""))?.[0] ?? line).sort();
  } catch {
    throw new Error(`Pulumi was never run:\n${stdout}${stderr}`);
  }
}

// Each process takes a fifth of a second, and one that opens secrets twice that.
describe("processes of Pulumi", () => {
  it("are three for drift: its version, the state and the stack's history", () => {
    expect(calls("drift", "--stack", "dev")).toEqual(["stack export", "stack history", "version"]);
  });

  it("are two for a preview: its version and the preview", () => {
    expect(calls("preview", "--stack", "dev")).toEqual(["preview", "version"]);
  });

  it("are three for a preview that warns: what is secret in the warning, the state tells", () => {
    const event = { diagnosticEvent: { severity: "warning", message: "no password-of-a-test" } };
    const resource = { outputs: { password: { plaintext: '"password-of-a-test"' } } };
    program(
      "pulumi",
      `echo "$*" >> '${join(folder, "calls")}'`,
      'case "$*" in',
      "  version) echo v3.250.0 ;;",
      `  *"preview --json"*) echo '${JSON.stringify(event)}' ;;`,
      `  *"stack export"*) echo '${JSON.stringify({ deployment: { resources: [resource] } })}' ;;`,
      "esac",
    );
    expect(calls("preview", "--stack", "dev")).toEqual(["preview", "stack export", "version"]);
    expect(command("preview", "--stack", "dev").stdout).toContain("- no [secret]");
  });

  it("are one where only the environment is asked for", () => {
    expect(calls("env")).toEqual(["version"]);
  });
});
