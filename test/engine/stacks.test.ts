import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Settings, TestStack } from "./support/stack";

const root = join(__dirname, "..", "..");
const stackFiles = readdirSync(root).filter((file) => /^Pulumi\..+\.yaml$/.test(file));

/** A stack file's own settings, without the namespace. */
function settingsOf(file: string): Settings {
  const { config } = parse(readFileSync(join(root, file), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^mcp:/, ""), value]));
}

describe("every stack of the project", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await TestStack.create();
  });
  afterAll(() => stack.remove());

  it.each(stackFiles)("%s can be previewed", async (file) => {
    stack.configure({ tiers: 5, ...settingsOf(file) });
    const { code, output } = await stack.pulumi("preview");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/\d+ to create/);
  });
});
