import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { keepingSettings, laidOutAs } from "../../../cli/keep-settings";

const byHand = `# Ours.
config:
    mcp:system: devcontainer   # five tiers

    mcp:tls: { enabled: false }
    mcp:reload: true
    mcp:services: {nginx: {publish: 8071}, "mariadb": {memory: 512m}}
`;
const salt = "encryptionsalt: v1:abc=:v1:def:ghi==\n";

/** As Pulumi writes a file: values as text, no blank lines, a style of its own. */
function asPulumi(text: string, more: object = {}): string {
  const { config, ...rest } = parse(text) as { config: Record<string, unknown> };
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "boolean" ? JSON.stringify(value) : value,
  ]);
  return stringify({ ...rest, ...more, config: Object.fromEntries(texts) as object }, { indent: 2 });
}

const salted = (parse(salt) ?? {}) as object;

describe("a settings file that Pulumi wrote anew", () => {
  it("keeps the layout that it had, with the salt that Pulumi added", () => {
    const written = asPulumi(byHand, salted);
    expect(written).not.toContain("# Ours");
    expect(laidOutAs(byHand, written)).toBe(byHand + salt);
  });

  it("keeps it wholly where it had that salt, wherever that stands", () => {
    for (const text of [salt + byHand, byHand + salt]) expect(laidOutAs(text, asPulumi(text))).toBe(text);
  });

  it("gets another salt in the place of its own", () => {
    const other = { encryptionsalt: "v1:new=:v1:x:y==" };
    expect(laidOutAs(salt + byHand, asPulumi(byHand, other))).toBe(
      `${byHand}encryptionsalt: v1:new=:v1:x:y==\n`,
    );
  });

  it("loses no last line without an end", () => {
    const text = "config:\n  mcp:tls: {enabled: false}";
    expect(laidOutAs(text, asPulumi(text, salted))).toBe(`${text}\n${salt}`);
  });

  it("is left alone where somebody changed a setting meanwhile, or it is no YAML", () => {
    expect(laidOutAs(byHand, byHand.replace("8071", "8072") + salt)).toBeUndefined();
    expect(laidOutAs(byHand, `${byHand}    mcp:tiers: 2\n`)).toBeUndefined();
    expect(laidOutAs(byHand, "config: [")).toBeUndefined();
  });
});

describe("a run of Pulumi", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "settings-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([
    ["succeeds", async () => 0],
    ["fails", async () => Promise.reject(new Error("failed"))],
  ])("that %s changes nothing of the settings file but the salt", async (_, end) => {
    const configFile = join(folder, "Pulumi.dev.yaml");
    writeFileSync(configFile, byHand);
    const run = keepingSettings({ stack: "dev", configFile }, async () => {
      writeFileSync(configFile, asPulumi(byHand, salted));
      return end();
    });
    await run.catch(() => undefined);
    expect(readFileSync(configFile, "utf8")).toBe(byHand + salt);
  });

  it("finds the salt in the settings file beforehand, where the folder of states has it", async () => {
    const states = join(folder, ".pulumi", "stacks", "mcp");
    mkdirSync(states, { recursive: true });
    const secrets_providers = { type: "passphrase", state: { salt: "v1:of=:v1:the:state==" } };
    writeFileSync(
      join(states, "dev.json"),
      JSON.stringify({ checkpoint: { latest: { secrets_providers } } }),
    );
    const configFile = join(folder, "Pulumi.dev.yaml");
    writeFileSync(configFile, byHand);
    const before = { ...process.env };
    Object.assign(process.env, {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    });
    try {
      const seen = await keepingSettings({ stack: "dev", configFile }, async () =>
        readFileSync(configFile, "utf8"),
      );
      expect(seen).toBe(`${byHand}encryptionsalt: v1:of=:v1:the:state==\n`);
    } finally {
      process.env = before;
    }
  });
});
