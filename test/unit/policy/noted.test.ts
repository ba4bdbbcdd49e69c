import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { Notebook } from "../../../policy/noted";
import type { AnyResource } from "../../../policy/resource";

class Root extends pulumi.ComponentResource {
  constructor(options: pulumi.ComponentResourceOptions) {
    super("test:Root", "root", {}, options);
    const image = new docker.RemoteImage("image", { name: "nginx" }, { parent: this });
    const secret = pulumi.secret("hunter2");
    new docker.Container(
      "shop",
      {
        image: image.imageId,
        user: Promise.resolve("10001:10001"),
        envs: ["PORT=8080", pulumi.interpolate`PASSWORD=${secret}`, pulumi.interpolate`TOKEN=${image.name}`],
        networksAdvanced: pulumi.secret([{ name: "cluster" }]),
      },
      { parent: this },
    );
    new docker.Volume("data", {}, { parent: this, retainOnDelete: true, ignoreChanges: ["labels"] });
  }
}

async function noted() {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: { ...(inputs as object), imageId: "sha256:0" } }),
    call: () => ({}),
  });
  const notebook = new Notebook();
  let now: AnyResource[] = [];
  await pulumi.runtime.runInPulumiStack(async () => {
    new Root(notebook.options);
    now = notebook.now();
  });
  const resolved = await notebook.resolved();
  await pulumi.runtime.disconnect();
  const container = (all: AnyResource[]) => all.find(({ name }) => name === "shop");
  return { now: container(now), resolved: container(resolved), all: now };
}

describe("what is written down of a program's resources", () => {
  it("leaves out what others will give, and says so", async () => {
    const { now } = await noted();
    expect(now).toMatchObject({
      inputs: { envs: ["PORT=8080", "[unknown]", "[unknown]"] },
      unknown: expect.arrayContaining(["image", "user", "networksAdvanced"]) as unknown,
    });
  });

  it("holds every value once they have given it, and no secret", async () => {
    const { resolved } = await noted();
    expect(resolved?.inputs).toMatchObject({
      image: "sha256:0",
      user: "10001:10001",
      envs: ["PORT=8080", "[secret]", "TOKEN=nginx"],
    });
    expect(resolved?.unknown).toEqual(["networksAdvanced"]);
    expect(JSON.stringify(resolved)).not.toContain("hunter2");
  });

  it("holds the options, which decide about data", async () => {
    const { all } = await noted();
    expect(all.find(({ name }) => name === "data")?.options).toEqual({
      retainOnDelete: true,
      ignoreChanges: ["labels"],
    });
  });
});
