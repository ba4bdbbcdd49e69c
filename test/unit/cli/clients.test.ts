import { mcpClients } from "../../../cli/clients/formats";
import { hostServers, workspaceServers } from "../../../cli/clients/servers";
import { parseSettings } from "../../../config/settings";
import { buildTopology } from "../../../topology";

const values = { "mcp:system": "devcontainer", "mcp:namePrefix": "two-" };
const topology = buildTopology(
  "two",
  parseSettings({ stack: "two", values, isSecret: () => true }),
  "registry",
);
const names = ["postgres-mcp", "mariadb-mcp", "python-experimental"];

describe("the settings of MCP clients", () => {
  it("start each server in the stack's own container, on the host", () => {
    expect(hostServers(topology)).toEqual(
      Object.fromEntries(
        names.map((name) => [
          name,
          { command: "docker", args: ["exec", "-i", `two-${name}`, "mcp-server", "stdio"] },
        ]),
      ),
    );
  });

  it("need no Docker in the devcontainer", () => {
    expect(workspaceServers(topology)).toEqual(
      Object.fromEntries(names.map((name) => [name, { command: "mcp-connect", args: [name] }])),
    );
  });

  // The key that each client's documentation names, and whether it wants the transport named as well.
  it.each([
    ["claude-code", "mcpServers", true],
    ["claude-desktop", "mcpServers", false],
    ["cursor", "mcpServers", true],
    ["gemini", "mcpServers", false],
    ["vscode", "servers", true],
    ["windsurf", "mcpServers", false],
    ["zed", "context_servers", false],
  ])("of %s are what it reads", (name, key, typed) => {
    const text = mcpClients[name]?.write({ fruit: { command: "docker", args: ["exec", "fruit"] } }) ?? "";
    expect(JSON.parse(text)).toEqual({
      [key]: { fruit: { ...(typed ? { type: "stdio" } : {}), command: "docker", args: ["exec", "fruit"] } },
    });
  });

  it("of Codex are TOML", () => {
    expect(mcpClients.codex?.write({ fruit: { command: "docker", args: ["exec", "fruit"] } })).toBe(
      '[mcp_servers.fruit]\ncommand = "docker"\nargs = ["exec","fruit"]\n',
    );
  });
});
