import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenedFolder } from "../support/devcontainer";
import { overStdio, type Session } from "../support/mcp";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Whole } from "./stack";

function tests(whole: () => Whole) {
  let stack: TestStack;
  let folder: OpenedFolder;

  beforeAll(async () => {
    ({ stack, folder } = whole());
    expect(await folder.open()).toMatchObject({ code: 0 });
  });

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
    await stack.psql("CREATE TABLE fruit (name text)");
    expect(await folder.inside(`psql -qtAXc "INSERT INTO fruit VALUES ('apple') RETURNING name"`)).toBe(
      "apple",
    );
    expect(
      await folder.inside(`mariadb -Nse "SELECT DATABASE(), CURRENT_USER() LIKE 'devcontainer@%'"`),
    ).toBe("mcp\t1");
    await stack.psql("DROP TABLE fruit");
  });

  it("buildctl, docker buildx and docker build build with the cluster's BuildKit", async () => {
    expect(await folder.inside("buildctl debug workers | grep -c linux/amd64")).toMatch(/^[1-9]/);
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
      folder.inside(
        `cd /tmp && rm -rf out image && cp -r ${folder.config?.workspaceFolder}/image . && cp "$(command -v buildctl)" image/ && ` +
          `${with_} image -o type=local,dest=out >/dev/null 2>&1 && out/built --version`,
      );
    expect(await build("docker buildx build")).toMatch(/^buildctl/);
    expect(await build("docker build --no-cache")).toMatch(/^buildctl/);
  });
}

export const devcontainer: Part<Whole> = { title: "in the devcontainer", tests };
