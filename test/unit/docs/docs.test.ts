import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { parseSettings } from "../../../config/settings";
import { packagesLocked } from "../../../config/locked-packages";
import { buildTopology } from "../../../topology";

const root = join(__dirname, "..", "..", "..");
const documents = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "toolchain/README.md"],
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
];
const text = (document: string) => readFileSync(join(root, document), "utf8");
const matches = (document: string, pattern: RegExp) =>
  [...text(document).matchAll(pattern)].map((found) => found[1] ?? "");

describe.each(documents)("%s", (document) => {
  it("links to files that are there", () => {
    const links = matches(document, /\]\((?!https?:|#)([^)#]+)[^)]*\)/g);
    expect(links.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([]);
  });

  it("names commands that are there", () => {
    const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
    const named = matches(document, /npm run (?:--silent )?([a-z]+)/g);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("shows stack files that can be used as they stand, with packages that are locked", () => {
    for (const block of matches(document, /```yaml\n(config:\n[\s\S]*?)```/g)) {
      const { config } = parse(block) as { config: Record<string, unknown> };
      const given = Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]);
      const values = { "mcp:system": "tekup", ...(Object.fromEntries(given) as Record<string, string>) };
      const settings = parseSettings({ stack: "docs", values, isSecret: () => false });
      expect(() => buildTopology("docs", settings, "registry")).not.toThrow();
      expect(() => packagesLocked("docs", settings)).not.toThrow();
    }
  });

  it("shows settings that can be set as it says", () => {
    const shown = [
      ...text(document).matchAll(/npm run config -- (?:--stack ([\w-]+) )?set 'mcp:([\w.-]+)' ([^\s`]+)/g),
    ];
    for (const [, stack = "dev", path = "", value = ""] of shown) {
      const keys = path.split(".");
      const words = value.replace(/^'(.*)'$/, "$1");
      const leaf: unknown = /^([[{]|\d+$)/.test(words) ? JSON.parse(words) : words;
      const nested = keys.slice(1).reduceRight((inner, key) => ({ [key]: inner }), leaf);
      const given = typeof nested === "string" ? nested : JSON.stringify(nested);
      const system = stack === "dev" ? "devcontainer" : "tekup";
      const values = { "mcp:system": system, [`mcp:${keys[0]}`]: given };
      expect(() =>
        buildTopology("dev", parseSettings({ stack: "dev", values, isSecret: () => false }), "registry"),
      ).not.toThrow();
    }
  });
});
