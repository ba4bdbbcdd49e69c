import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "mcp-cli-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Runs one of the project's commands as a user with an empty home folder would. */
function command(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const {
    PULUMI_BACKEND_URL: _backend,
    PULUMI_CONFIG_PASSPHRASE_FILE: _file,
    PULUMI_HOME: _home,
    ...rest
  } = process.env;
  const env = { ...rest, MCP_STATE: join(home, "state"), PULUMI_HOME: join(home, "pulumi"), ...environment };
  const { status, stdout, stderr } = spawnSync("node", ["cli/start.mjs", ...args], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr, output: stdout + stderr };
}

describe("the commands", () => {
  it("refuse an unknown stack, and name the known ones", () => {
    const { status, output } = command(["up", "--stack", "prodd"]);
    expect(status).toBe(2);
    expect(output).toMatch(
      /"prodd" is not a stack; did you mean "prod"\? Known: dev, prod, staging, tekup-dev/,
    );
  });

  it.each([
    [["up", "--satck", "dev"], /--satck[\s\S]*takes: --stack, --config-file/],
    [["upp"], /"upp" is not a command\. There are: .*up/],
    [["test", "slow"], /"slow" is not a suite; there are unit, services, engine/],
  ])("refuse %j, and say what they take", (args, message) => {
    const { status, output } = command(args);
    expect(status).toBe(2);
    expect(output).toMatch(message);
  });

  it("refuse bad settings before anything is set up or changed", () => {
    const file = join(home, "Pulumi.bad.yaml");
    writeFileSync(file, "config:\n  mcp:system: devcontainer\n  mcp:healthTimeout: 0\n");
    const { status, output } = command(["up", "--stack", "bad", "--config-file", file]);
    expect(status).toBe(2);
    expect(output).toMatch(
      /mcp:healthTimeout: 0 is below 1\n\s+fix: npm run config -- --stack \S+ .*set 'mcp:healthTimeout' 180/,
    );
    expect(output).not.toMatch(/Set-up/);
  });

  it("say what to do where no engine answers", () => {
    const { status, output } = command(["up"], { DOCKER_HOST: "tcp://127.0.0.1:1" });
    expect(status).not.toBe(0);
    expect(output).toMatch(
      /No Docker engine answers at tcp:\/\/127\.0\.0\.1:1; start it, or unset DOCKER_HOST/,
    );
    expect(output).not.toMatch(/\n\s+at /);
  });

  it("make a state that nobody else can read, once, and leave the working tree as it is", () => {
    const before = spawnSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }).stdout;
    const first = command(["setup"]);
    expect(first.output).toMatch(/Make a folder for the stacks' state and its passphrase/);
    const passphrase = join(home, "state", "passphrase");
    expect(statSync(passphrase).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, "state")).mode & 0o777).toBe(0o700);
    const second = command(["setup"]);
    expect(second.status).toBe(0);
    expect(second.output).not.toMatch(/Make a folder|Download|Install|Build/);
    expect(spawnSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }).stdout).toBe(before);
  });

  it("honour a backend and a passphrase of the user's own", () => {
    const { stdout } = command(["env"], {
      PULUMI_BACKEND_URL: `file://${home}`,
      PULUMI_CONFIG_PASSPHRASE: "mine",
    });
    expect(stdout).not.toMatch(/PULUMI_BACKEND_URL|PASSPHRASE/);
    writeFileSync(join(home, "credentials.json"), JSON.stringify({ current: "https://api.example.com" }));
    const loggedIn = command(["env"], { PULUMI_HOME: home });
    expect(loggedIn.stdout).not.toMatch(/PULUMI_BACKEND_URL|PASSPHRASE/);
    expect(command(["env"]).stdout).toMatch(/export PULUMI_BACKEND_URL='file:\/\//);
  });
});
