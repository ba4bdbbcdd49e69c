import { randomBytes } from "node:crypto";
import { docker } from "../../engine/docker";
import { inspect } from "../../engine/inspect";
import { ensureImage } from "../../imaging";
import { configVolume, type ConfigVolumeInputs } from "../../provider/config-volume";
import type { Context } from "../../provider/resource";

const context: Context = { signal: new AbortController().signal, log: () => undefined };
const name = `test-${randomBytes(4).toString("hex")}`;
let inputs: ConfigVolumeInputs;

beforeAll(async () => {
  const imageId = await ensureImage({ image: "debian", source: "build" }, { log: () => undefined });
  inputs = {
    namePrefix: name,
    files: { "main.conf": "a = 1\n", "parts/more.conf": "b = 2\n" },
    labels: { "dev.mcp.stack": name },
    imageId,
  };
});

afterAll(async () => {
  const volumes = (
    await docker(["volume", "ls", "--quiet", "--filter", `label=dev.mcp.stack=${name}`])
  ).trim();
  for (const volume of volumes.split("\n").filter(Boolean)) await docker(["volume", "rm", volume]);
});

/** What a service sees, as one that is not root and that has no rights. */
function seen(volume: unknown, ...command: string[]): Promise<string> {
  const restricted = [
    "--rm",
    "--user",
    "65534:65534",
    "--cap-drop",
    "ALL",
    "--read-only",
    "--network",
    "none",
  ];
  return docker([
    "run",
    ...restricted,
    "--volume",
    `${String(volume)}:/etc/it:ro`,
    inputs.imageId,
    ...command,
  ]);
}

describe("a volume with configuration", () => {
  it("holds just its files, which every user can read and none can change", async () => {
    const { outputs } = await configVolume.create(inputs, context);
    expect(
      await seen(outputs.volumeName, "sh", "-c", "cd /etc/it && find . -type f | sort | xargs tail -n +1"),
    ).toBe("==> ./main.conf <==\na = 1\n\n==> ./parts/more.conf <==\nb = 2\n");
    await expect(seen(outputs.volumeName, "sh", "-c", "echo c >> /etc/it/main.conf")).rejects.toThrow(
      /Permission denied|Read-only/,
    );
    expect(await configVolume.read({ ...inputs, ...outputs })).toEqual(outputs);
  });

  it("is another volume for other files, and the same one for the same", async () => {
    const first = await configVolume.create(inputs, context);
    const changed = { ...inputs, files: { ...inputs.files, "main.conf": "a = 2\n" } };
    expect(await configVolume.diff(inputs, changed)).toEqual({ changes: true, replaces: ["files"] });
    const second = await configVolume.create(changed, context);
    expect(second.id).not.toBe(first.id);
    expect(await seen(first.outputs.volumeName, "cat", "/etc/it/main.conf")).toBe("a = 1\n");
    expect((await configVolume.create(inputs, context)).id).toBe(first.id);
    // Another image only fills it; what it holds is the same.
    expect(await configVolume.diff(inputs, { ...inputs, imageId: "sha256:other" })).toEqual({
      changes: false,
      replaces: [],
    });
  });

  it("stays while a container uses it: files that are changed and changed back are the same volume", async () => {
    const { id, outputs } = await configVolume.create(inputs, context);
    const user = (await docker(["create", "--volume", `${id}:/etc/it`, inputs.imageId, "true"])).trim();
    await configVolume.delete({ ...inputs, ...outputs }, context);
    expect(await inspect("volume", id)).toBeDefined();
    await docker(["rm", user]);
  });

  it("goes when it is deleted, and is not missed when it has gone already", async () => {
    const { id, outputs } = await configVolume.create(inputs, context);
    await configVolume.delete({ ...inputs, ...outputs }, context);
    expect(await inspect("volume", id)).toBeUndefined();
    expect(await configVolume.read({ ...inputs, ...outputs })).toBeUndefined();
    await configVolume.delete({ ...inputs, ...outputs }, context);
  });
});
