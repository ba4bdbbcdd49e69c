import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../../engine/docker";
import { projectExceptions } from "../../policy/exceptions";
import { rules } from "../../policy/rules";
import { type Asked, askContainers, sections } from "./support/cis";
import { type CommandResult, OpenedFolder } from "./support/devcontainer";
import { overStdio, type Session } from "./support/mcp";
import { TestStack } from "./support/stack";

let stack: TestStack;
let folder: OpenedFolder;
let opened: CommandResult;

beforeAll(async () => {
  stack = await TestStack.create();
  folder = new OpenedFolder(stack);
  stack.configure({
    tiers: 5,
    projectFolder: folder.path,
    services: { devcontainer: { access: "write" } },
  });
  folder.fill();
  opened = await folder.open();
  await stack.verdicts();
});

afterAll(async () => {
  await stack.remove();
  folder.remove();
});

/** What a command in the devcontainer prints; the test fails with its words where it fails. */
async function inside(script: string): Promise<string> {
  const { code, stdout, stderr } = await folder.exec("bash", "-lc", script);
  if (code !== 0) throw new Error(`${script}\n${stdout}\n${stderr}`);
  return stdout.trim();
}

describe("a folder that an editor opens in its devcontainer", () => {
  it("brings the cluster up, and is opened in the container that is part of it", async () => {
    const { code, stdout, stderr } = opened;
    expect({ code, output: code === 0 ? "" : `${stderr}\n${stdout}` }).toEqual({ code: 0, output: "" });
    const { Id, Config } = await stack.container("devcontainer");
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      outcome: "success",
      containerId: Id,
      remoteWorkspaceFolder: folder.config?.workspaceFolder,
    });
    expect(Config.User).toBe(`${folder.owner}:${folder.owner}`);
    const containers = [
      "ps",
      "--all",
      "--quiet",
      "--filter",
      `label=devcontainer.local_folder=${folder.path}`,
    ];
    expect((await docker(containers)).trim().split("\n")).toHaveLength(1);
  });

  it("is opened again in the same container, at once", async () => {
    const before = (await stack.container("devcontainer")).State.StartedAt;
    expect(await folder.open()).toMatchObject({ code: 0 });
    expect((await stack.container("devcontainer")).State.StartedAt).toBe(before);
  });

  it("belongs to one user on both sides", async () => {
    writeFileSync(join(folder.path, "outside"), "from the host\n");
    expect(await inside("pwd && cat outside && echo from inside > made-inside && id -un")).toBe(
      `${folder.config?.workspaceFolder}\nfrom the host\ndev`,
    );
    expect(readFileSync(join(folder.path, "made-inside"), "utf8")).toBe("from inside\n");
    expect(statSync(join(folder.path, "made-inside"))).toMatchObject({
      uid: folder.owner,
      gid: folder.owner,
    });
  });

  it("has the tools to work with, and neither root nor the engine", async () => {
    const tools = "git node npm python3 docker buildctl psql mariadb curl jq rg ssh ps";
    expect(
      await inside(`for tool in ${tools}; do command -v $tool >/dev/null || echo $tool is missing; done`),
    ).toBe("");
    expect(await inside("python3 -m venv /tmp/venv && /tmp/venv/bin/python -c 'print(6 * 7)'")).toBe("42");
    expect(
      await inside("docker version >/dev/null 2>&1 || echo no engine; grep CapEff /proc/self/status"),
    ).toMatch(/^no engine\nCapEff:\s+0{16}$/);
  });
});

describe("in the devcontainer", () => {
  /** A call that each server answers in its own way, and what it answers. */
  const calls: Record<string, (session: Session) => Promise<unknown>> = {
    "postgres-mcp": async (session) => rows(session, "SELECT 6 * 7 AS answer"),
    "mariadb-mcp": async (session) => rows(session, "SELECT 6 * 7 AS answer"),
    "python-experimental": async (session) =>
      Number((await session.call("run_python", { code: "6 * 7" })).structured.result),
  };

  async function rows(session: Session, sql: string): Promise<unknown> {
    const { structured } = await session.call("query", { sql });
    return Number((structured.rows as { answer: unknown }[])[0]?.answer);
  }

  it("every MCP server is an entry of devcontainer.json", () => {
    expect(Object.keys(folder.config?.customizations.vscode.mcp.servers ?? {})).toEqual(Object.keys(calls));
  });

  it.each(Object.entries(calls))("a tool of %s answers over the entry's program", async (name, call) => {
    const { command = "", args = [] } = folder.config?.customizations.vscode.mcp.servers[name] ?? {};
    const line = [...folder.commandLine("exec"), command, ...args];
    expect(await overStdio(line.join(" "), call)).toBe(42);
  });

  it("a server that the cluster does not have is refused by name", async () => {
    const { code, stderr, stdout } = await folder.exec("mcp-connect", "oracle-mcp");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/one of postgres-mcp, mariadb-mcp, python-experimental/);
  });

  it("both databases are a word away, with the rights that the settings grant", async () => {
    await stack.psql("CREATE TABLE IF NOT EXISTS fruit (name text)");
    expect(await inside(`psql -qtAXc "INSERT INTO fruit VALUES ('apple') RETURNING name"`)).toBe("apple");
    expect(await inside(`mariadb -Nse "SELECT DATABASE(), CURRENT_USER() LIKE 'devcontainer@%'"`)).toBe(
      "mcp\t1",
    );
  });

  it("buildctl, docker buildx and docker build build with the cluster's BuildKit", async () => {
    expect(await inside("buildctl debug workers | grep -c linux/amd64")).toMatch(/^[1-9]/);
    mkdirSync(join(folder.path, "image"));
    const stages = [
      "COPY buildctl /b",
      'RUN ["/b", "--version"]',
      "FROM scratch",
      "COPY --from=made /b /built",
    ];
    writeFileSync(
      join(folder.path, "image", "Dockerfile"),
      ["FROM scratch AS made", ...stages, ""].join("\n"),
    );
    const build = (with_: string) =>
      inside(
        `cd /tmp && rm -rf out image && cp -r ${folder.config?.workspaceFolder}/image . && cp "$(command -v buildctl)" image/ && ` +
          `${with_} image -o type=local,dest=out >/dev/null 2>&1 && out/built --version`,
      );
    expect(await build("docker buildx build")).toMatch(/^buildctl/);
    expect(await build("docker build --no-cache")).toMatch(/^buildctl/);
  });
});

describe("the whole cluster", () => {
  let containers: Asked[];

  /** Where the benchmark is not followed by any service, and why. */
  const meantOfAll: Record<string, string> = {
    // It wants five tries, after which a service stays down. The engine's growing pauses bound restarts as well.
    "5.15": "unless-stopped",
  };

  beforeAll(async () => {
    containers = await askContainers(stack.name);
  });

  it.each(Object.entries(sections).map(([number, { title }]) => [number, title]))(
    "holds section %s of the CIS Docker Benchmark, %s, but for exceptions with a reason",
    (number) => {
      expect(containers).toHaveLength(17);
      const of = (rule: string) => rules.find(({ id }) => id === rule)?.reference.includes(`CIS ${number}`);
      const isMeant = (service: string, value: string) =>
        meantOfAll[number] === value ||
        projectExceptions.some(
          (exception) =>
            exception.service === service && of(exception.rule) && exception.values.includes(value),
        );
      const found = containers.flatMap((container) =>
        (sections[number]?.check(container) ?? [])
          .filter((value) => !isMeant(container.service, value))
          .map((value) => `${container.service}: ${value}`),
      );
      expect(found).toEqual([]);
    },
  );
});

describe("a folder whose devcontainer is not up", () => {
  it("is not opened in a container of the editor's own, and the error names the command", async () => {
    const other = new OpenedFolder(stack);
    other.fill("true");
    const { code, stdout, stderr } = await other.open();
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/npm-run-up-\S*makes-it/);
    const containers = [
      "ps",
      "--all",
      "--quiet",
      "--filter",
      `label=devcontainer.local_folder=${other.path}`,
    ];
    expect((await docker(containers)).trim()).toBe("");
    other.remove();
  });
});
