import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeProject } from "../../../export/compose/folder";
import { type ComposeProject, header } from "../../../export/compose/project";

const project: ComposeProject = {
  compose: { name: "mcp-dev", services: {}, networks: {}, volumes: {} },
  files: { "compose.yaml": `${header}\nname: mcp-dev\n`, "configs/nginx/etc/nginx.conf": "events {}\n" },
  hashes: { "configs/mcp-gateway/etc/mcp-gateway/current/keys/ide-1": "CLIENT_IDE_KEY_1" },
  variables: [
    { name: "POSTGRES_PASSWORD" },
    { name: "CLIENT_IDE_KEY_1" },
    { name: "RUNNER_TOKEN", given: "the stack's setting mcp:runnerToken" },
  ],
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "export-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const env = () => readFileSync(join(folder, ".env"), "utf8");
const mode = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8);

describe("an exported folder", () => {
  it("has passwords of its own that nobody else can read", async () => {
    await writeProject(folder, project);
    expect(mode(".env")).toBe("600");
    expect(/^POSTGRES_PASSWORD=([A-Za-z0-9]{32,})$/m.exec(env())?.[1]).toBeDefined();
  });

  it("says which it made up, which none of a kept volume's can be", async () => {
    const made = async () => (await writeProject(folder, project)).madeUp;
    expect(await made()).toEqual(["POSTGRES_PASSWORD", "CLIENT_IDE_KEY_1"]);
    expect(await made()).toEqual([]);
  });

  it("has the hashes of its own keys, for what knows clients by them", async () => {
    await writeProject(folder, project);
    const key = /^CLIENT_IDE_KEY_1=(.+)$/m.exec(env())?.[1] ?? "";
    const written = readFileSync(join(folder, Object.keys(project.hashes)[0] ?? ""), "utf8");
    expect(written).toBe(`sha256:${createHash("sha256").update(key).digest("hex")}`);
  });

  it("keeps the passwords that the databases have, and adds what is new", async () => {
    writeFileSync(join(folder, ".env"), "POSTGRES_PASSWORD=mine", { mode: 0o644 });
    await writeProject(folder, { ...project, variables: [...project.variables, { name: "NEW" }] });
    expect(env()).toMatch(/^POSTGRES_PASSWORD=mine\n[^]*^NEW=[A-Za-z0-9]{32,}$/m);
    expect(env().match(/POSTGRES_PASSWORD/g)).toHaveLength(1);
    expect(mode(".env")).toBe("600");
    const before = env();
    await writeProject(folder, { ...project, variables: [...project.variables, { name: "NEW" }] });
    expect(env()).toBe(before);
  });

  it("leaves to the user what can't be made up, until it is filled in", async () => {
    const names = async () => (await writeProject(folder, project)).toFillIn.map(({ name }) => name);
    expect(await names()).toEqual(["RUNNER_TOKEN"]);
    expect(await names()).toEqual(["RUNNER_TOKEN"]);
    writeFileSync(join(folder, ".env"), env().replace("RUNNER_TOKEN=", "RUNNER_TOKEN=filled"));
    expect(await names()).toEqual([]);
  });

  it("has configuration that every container's user can read, whatever the umask, and none of an earlier export", async () => {
    const before = process.umask(0o077);
    await writeProject(folder, project).finally(() => process.umask(before));
    expect(["configs", "configs/nginx", "configs/nginx/etc"].map(mode)).toEqual(["755", "755", "755"]);
    expect(mode("configs/nginx/etc/nginx.conf")).toBe("644");
    await writeProject(folder, {
      ...project,
      files: { "compose.yaml": project.files["compose.yaml"] ?? "" },
      hashes: {},
    });
    expect(() => statSync(join(folder, "configs"))).toThrow(/ENOENT/);
  });

  it("never takes the place of a project that is somebody's own", async () => {
    writeFileSync(join(folder, "compose.yaml"), "services: {}\n");
    await expect(writeProject(folder, project)).rejects.toThrow(/not made by an export/);
    expect(readFileSync(join(folder, "compose.yaml"), "utf8")).toBe("services: {}\n");
  });
});
