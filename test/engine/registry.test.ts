import { docker } from "../../engine/docker";
import { ensureImage } from "../../imaging";
import upstream from "../../images/upstream.json";
import { Registry } from "./support/registry";
import { TestStack } from "./support/stack";

// Elsewhere the package that the registry comes in can't be had.
const describeWhereAvailable = Registry.available ? describe : describe.skip;

/** The same image under a digest that no earlier run has pulled: what is in the cache is not pulled again. */
async function imageOfThisRun(id: string, { host }: Registry): Promise<string> {
  const name = `${host}/own:test`;
  await docker(["build", "--quiet", "--tag", name, "-"], {
    input: `FROM ${id}\nLABEL registry=${host}-${Date.now()}\n`,
  });
  return name;
}

describeWhereAvailable("images from a registry", () => {
  let registry: Registry;
  let stack: TestStack;
  const references: Record<string, string> = {};
  const pushed: string[] = [];

  beforeAll(async () => {
    registry = await Registry.start();
    // The upstream images' names, with images that honour the same contract.
    for (const image of ["postgres", "mariadb", "node", "python"]) {
      const id = await ensureImage({ image, source: "build" }, { log: () => undefined });
      const own = await imageOfThisRun(id, registry);
      references[image] = await registry.push(own, `library/${image}`);
      await docker(["image", "rm", own]);
      pushed.push(references[image]);
    }
    stack = await TestStack.create({ imageSource: "registry", imageReferences: references });
    await stack.up();
  });

  afterAll(async () => {
    await stack.remove();
    for (const reference of pushed) await docker(["image", "rm", reference]).catch(() => undefined);
    registry.stop();
  });

  it("are pulled by digest, and carry the whole cluster", async () => {
    for (const service of ["postgres-db", "mariadb", "postgres-mcp", "mariadb-mcp", "python-experimental"]) {
      expect((await stack.container(service)).State.Health?.Status).toBe("healthy");
    }
    const digest = references.postgres?.split("@")[1] ?? "";
    expect(registry.requests()).toContain(`/v2/library/postgres/manifests/${digest}`);
    expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  });

  it("keep the data when a new image replaces the old one, and no layer of the old one", async () => {
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
    const before = await stack.container("postgres-db");
    const mcpBefore = (await stack.container("postgres-mcp")).Id;

    const dockerfile = `FROM ${before.Image}\nLABEL version=next\n`;
    const newer = `${registry.host}/newer:test`;
    await docker(["build", "--quiet", "--tag", newer, "-"], { input: dockerfile });
    references.postgres = await registry.push(newer, "library/postgres");
    pushed.push(references.postgres);
    await docker(["image", "rm", newer]);
    stack.configure({ imageSource: "registry", imageReferences: references });
    await stack.up();

    const after = await stack.container("postgres-db");
    expect(after.Image).not.toBe(before.Image);
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    expect((await stack.container("postgres-mcp")).Id).toBe(mcpBefore);
    expect((await stack.onEngine("image")).filter((name) => name.includes("/postgres:"))).toHaveLength(1);
  });

  it("come from a mirror where its prefix is set, still by the digest that is pinned", async () => {
    stack.configure({ imageSource: "registry", registryPrefix: `${registry.host}/` });
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    // The loopback's registry does not have upstream's very bytes: that it was asked for them is what counts here.
    expect(code).not.toBe(0);
    const { repository, digest } = upstream.images.mariadb;
    expect(registry.requests()).toContain(`/v2/${repository}/manifests/${digest}`);
    expect(output).toContain(`${registry.host}/${repository}@${digest}`);
    // An image that can't be had takes nothing down.
    expect((await stack.container("mariadb")).State.Health?.Status).toBe("healthy");
  });
});
