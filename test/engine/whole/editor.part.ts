import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../../../engine/docker";
import { type CommandResult, OpenedFolder } from "../support/devcontainer";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Whole } from "./stack";

function tests(whole: () => Whole) {
  let stack: TestStack;
  let folder: OpenedFolder;
  let opened: CommandResult;

  beforeAll(async () => {
    ({ stack, folder } = whole());
    opened = await folder.open();
    await stack.verdicts();
  });

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
    expect(await folder.inside("pwd && cat outside && echo from inside > made-inside && id -un")).toBe(
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
      await folder.inside(
        `for tool in ${tools}; do command -v $tool >/dev/null || echo $tool is missing; done`,
      ),
    ).toBe("");
    expect(await folder.inside("python3 -m venv /tmp/venv && /tmp/venv/bin/python -c 'print(6 * 7)'")).toBe(
      "42",
    );
    expect(
      await folder.inside("docker version >/dev/null 2>&1 || echo no engine; grep CapEff /proc/self/status"),
    ).toMatch(/^no engine\nCapEff:\s+0{16}$/);
  });

  it("that is not up is not opened in a container of the editor's own, and the error names the command", async () => {
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
}

/** It puts the stack up as an editor does, by opening the folder. */
export const editor: Part<Whole> = {
  title: "a folder that an editor opens in its devcontainer",
  fromNothing: true,
  tests,
};
