import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../src/config/load";

/** A configuration file with this text. */
function fileWith(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "gateway-settings-")), "gateway.yaml");
  writeFileSync(file, text);
  return file;
}

/** What is said about an environment that can't be used. */
function refusal(environment: NodeJS.ProcessEnv): string {
  try {
    loadSettings(environment);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It was not refused");
}

describe("the gateway's settings", () => {
  it("come from the variables that TekUp names", () => {
    const settings = loadSettings({
      MCP_ENV: "development",
      MCP_LOG_LEVEL: "debug",
      MCP_GATEWAY_PORT: "3010",
      MCP_SERVICES_BROWSER_URL: "http://mcp-browser:3001",
      MCP_SERVICES_CODE_SEARCH_URL: "http://mcp-search:3003",
    });
    expect(settings).toMatchObject({ env: "development", logLevel: "debug", port: 3010 });
    expect(Object.entries(settings.servers).map(([name, { url }]) => [name, url])).toEqual([
      ["browser", "http://mcp-browser:3001"],
      ["code-search", "http://mcp-search:3003"],
    ]);
  });

  it("come from a file as well, and the environment goes first", () => {
    const file = fileWith(
      "port: 3000\nservers:\n  browser: {url: http://a:1, era: legacy}\n  search: {url: http://b:1}\n",
    );
    const settings = loadSettings({
      MCP_GATEWAY_CONFIG: file,
      MCP_GATEWAY_PORT: "3020",
      MCP_SERVICES_BROWSER_URL: "http://c:1",
    });
    expect(settings.port).toBe(3020);
    expect(settings.servers.browser).toMatchObject({ url: "http://c:1", era: "legacy" });
    expect(settings.servers.search).toMatchObject({ url: "http://b:1", era: "auto" });
  });

  it("name each mistake with its key, its value and what mends it, all at once", () => {
    const file = fileWith(
      "prot: 1\nservers:\n  Browser_1: {url: http://a:1}\n  search: {url: ftp://b, connections: 0}\n",
    );
    const said = refusal({ MCP_GATEWAY_CONFIG: file, MCP_GATEWAY_PORT: "http", MCP_GATEWAY_PROT: "1" });
    expect(said).toContain('MCP_GATEWAY_PORT: "http" is not a number\n    fix: for example 3000');
    expect(said).toContain(
      "MCP_GATEWAY_PROT: the variable is not known\n    fix: MCP_GATEWAY_PORT may be meant",
    );
    expect(said).toContain("prot: the key is not known");
    expect(said).toContain('servers.Browser_1: "Browser_1" is not a server\'s name');
    expect(said).toContain('servers.search.url: "ftp://b" is not a URL');
    expect(said).toContain("servers.search.connections: 0 is below 1\n    fix: for example 32");
  });

  it("read a secret from its file, and never show one", () => {
    const key = fileWith("0123456789abcdef0123456789abcdef\n");
    expect(loadSettings({ MCP_SESSION_KEYS_FILE: key }).sessionKeys).toEqual([
      "0123456789abcdef0123456789abcdef",
    ]);
    expect(refusal({ MCP_SESSION_KEYS: "hunter2" })).not.toContain("hunter2");
    expect(refusal({ MCP_SESSION_KEYS: "hunter2" })).toContain(
      "MCP_SESSION_KEYS: the value is shorter than 32",
    );
    expect(refusal({ MCP_SESSION_KEYS_FILE: "/none" })).toContain(
      'MCP_SESSION_KEYS_FILE: "/none" can\'t be read (ENOENT)',
    );
  });
});
