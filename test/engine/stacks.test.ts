import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { overStdio } from "./support/mcp";
import { type Settings, TestStack } from "./support/stack";

const root = join(__dirname, "..", "..");
const stackFiles = readdirSync(root).filter((file) => /^Pulumi\..+\.yaml$/.test(file));

/** A stack file's own settings, without the namespace. */
function settingsOf(file: string): Settings {
  const { config } = parse(readFileSync(join(root, file), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^mcp:/, ""), value]));
}

describe("every stack of the project", () => {
  it.each(stackFiles)("%s can be previewed", async (file) => {
    const stack = await TestStack.create({ tiers: 5, ...settingsOf(file) });
    try {
      const { code, output } = await stack.pulumi("preview");
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toMatch(/\d+ to create/);
    } finally {
      await stack.remove();
    }
  });
});

describe("two clusters on one engine", () => {
  let one: TestStack;
  let other: TestStack;
  let printed: string;

  beforeAll(async () => {
    [one, other] = await Promise.all([TestStack.create(), TestStack.create()]);
    const [up] = await Promise.all([one.command("up"), other.up()]);
    if (up.code !== 0) throw new Error(up.output);
    printed = up.output;
  });

  afterAll(() => Promise.all([one.remove(), other.remove()]));

  it("know nothing of each other's data", async () => {
    await one.psql("CREATE TABLE mine AS SELECT 1");
    await expect(other.psql("SELECT * FROM mine")).rejects.toThrow(/does not exist/);
  });

  it("print how to use them, in commands that work", async () => {
    expect(printed).toContain(`${one.name} is up on the network ${one.prefix}mcp-cluster`);
    const stdio = /stdio\s+(docker exec -i \S+-postgres-mcp mcp-server stdio)/.exec(printed)?.[1] ?? "";
    expect(await overStdio(stdio, (session) => session.toolNames())).toContain("query");
  });

  it("do not take images or containers from under each other", async () => {
    const before = await other.container("postgres-mcp");
    expect(await one.pulumi("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    const after = await other.container("postgres-mcp");
    expect(after.Id).toBe(before.Id);
    expect(after.State.Health?.Status).toBe("healthy");
    expect(await other.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
  });
});
