/** The package registries that servers are hosted from. */
export type PackageRegistry = "npm" | "pypi";

/** How a registry's packages are named with an exact version, as its own clients write it. */
interface Specifiers {
  pattern: RegExp;
  /** What a specifier looks like, for whoever got it wrong. */
  example: string;
  parse: (specifier: string) => { name: string; version: string };
}

/** Source of the patterns: semver.org and npm's rules on names; PEP 440 and PEP 508. */
export const registries: Readonly<Record<PackageRegistry, Specifiers>> = {
  npm: {
    pattern: /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/,
    example: "@modelcontextprotocol/server-memory@2026.8.31",
    parse: (specifier) => split(specifier, specifier.lastIndexOf("@"), 1),
  },
  pypi: {
    pattern:
      /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?==\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9.]+)?$/,
    example: "mcp-server-time==2026.10.19",
    parse: (specifier) => split(specifier, specifier.indexOf("=="), 2),
  },
};

function split(text: string, at: number, width: number) {
  return { name: text.slice(0, at), version: text.slice(at + width) };
}
