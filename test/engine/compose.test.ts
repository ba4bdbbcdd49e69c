import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeCommand } from "../../bench/peers/programs";
import { docker } from "../../engine/docker";
import { hasProgram } from "../../imaging/command";
import { overStdio } from "./support/mcp";
import { TestStack } from "./support/stack";

// Where the user has no Docker Compose, pip fetches it.
const available = spawnSync("docker", ["compose", "version"]).status === 0 || hasProgram("pip3");
const describeWhereAvailable = available ? describe : describe.skip;

describeWhereAvailable("a stack that was exported, under the real Docker Compose", () => {
  const folder = mkdtempSync(join(tmpdir(), "compose-"));
  let stack: TestStack;
  let command: string[];

  const compose = (...args: string[]) => {
    const [program = "", ...words] = command;
    const { status, stdout, stderr } = spawnSync(
      program,
      [...words, "--project-directory", folder, ...args],
      {
        encoding: "utf8",
      },
    );
    if (status !== 0) throw new Error(`docker compose ${args[0]}: ${stdout}${stderr}`);
    return stdout;
  };
  const up = () => compose("up", "--detach", "--wait");
  const ids = async () =>
    (await docker(["ps", "--no-trunc", "--format", "{{.ID}}", "--filter", `name=${stack.prefix}`]))
      .trim()
      .split("\n")
      .sort();

  beforeAll(async () => {
    command = (await composeCommand(() => undefined)) ?? [];
    const settings = { services: { "mariadb-mcp": { access: "owner" } } };
    // Compose waits for the engine's own checks.
    stack = await TestStack.create(settings, {}, { interval: 2 });
    const { code, output } = await stack.command("export", "--to", folder);
    if (code !== 0) throw new Error(output);
    up();
  });

  afterAll(async () => {
    compose("down", "--volumes");
    await stack.remove();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["postgres-db", 20],
    ["mariadb", 21],
    ["postgres-mcp", 30],
    ["mariadb-mcp", 31],
    ["python-experimental", 32],
  ])("has %s healthy at its address, as unprivileged as the stack's own", async (service, offset) => {
    const { State, NetworkSettings, HostConfig } = await stack.container(service);
    expect(State.Health?.Status).toBe("healthy");
    expect(Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress)).toEqual([
      stack.address(offset),
    ]);
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ["ALL"] });
    expect(HostConfig.PidsLimit).toBeGreaterThan(0);
    expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
  });

  it("serves MCP clients, who may do in the databases what the settings grant", async () => {
    const stdio = (server: string) => `docker exec -i ${stack.containerName(server)} mcp-server stdio`;
    await overStdio(stdio("mariadb-mcp"), async (session) => {
      await session.call("execute", { sql: "CREATE TABLE fruit (name text)" });
      await session.call("execute", { sql: "INSERT INTO fruit VALUES ('apple')" });
      const { structured } = await session.call("query", { sql: "SELECT name FROM fruit" });
      expect(structured.rows).toEqual([{ name: "apple" }]);
    });
    await overStdio(stdio("postgres-mcp"), async (session) => {
      expect(await session.toolNames()).not.toContain("execute");
      expect((await session.call("query", { sql: "CREATE TABLE worm (name text)" })).isError).toBe(true);
    });
  });

  it("is left as it is by a second `up`, and keeps passwords and rows over another export", async () => {
    const before = { ids: await ids(), passwords: readFileSync(join(folder, ".env"), "utf8") };
    up();
    await stack.command("export", "--to", folder);
    up();
    expect({ ids: await ids(), passwords: readFileSync(join(folder, ".env"), "utf8") }).toEqual(before);
    compose("down");
    up();
    expect(
      await docker([
        "exec",
        stack.containerName("mariadb"),
        "mariadb",
        "-u",
        "mysql",
        "-D",
        "mcp",
        "-Nse",
        "SELECT name FROM fruit",
      ]),
    ).toBe("apple\n");
  });
});
