import { mcpClients } from "../../../cli/clients/formats";
import { hostServers, publishedServers, workspaceServers } from "../../../cli/clients/servers";
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

  // Likewise, of a server over HTTP with a key.
  const gateway = { url: "http://127.0.0.1:3000/mcp", headers: { "X-Api-Key": "k" } };
  it.each([
    ["claude-code", "mcpServers", { type: "http", ...gateway }],
    [
      "claude-desktop",
      "mcpServers",
      { command: "npx", args: ["-y", "mcp-remote", gateway.url, "--header", "X-Api-Key:k"] },
    ],
    ["cursor", "mcpServers", gateway],
    ["gemini", "mcpServers", { httpUrl: gateway.url, headers: gateway.headers }],
    ["vscode", "servers", { type: "http", ...gateway }],
    ["windsurf", "mcpServers", { serverUrl: gateway.url, headers: gateway.headers }],
    ["zed", "context_servers", gateway],
  ])("of %s lead to a gateway with a key", (name, key, entry) => {
    const text = mcpClients[name]?.write({ tekup: gateway }) ?? "";
    expect(JSON.parse(text)).toEqual({ [key]: { tekup: entry } });
  });

  it("name the gateway where it is published, and no server behind it", () => {
    const settings = { "mcp:system": "tekup" };
    const tekup = buildTopology(
      "prod",
      parseSettings({ stack: "prod", values: settings, isSecret: () => true }),
      "build",
    );
    expect(publishedServers(tekup, "k")).toEqual({ prod: gateway });
    expect(hostServers(tekup)).toEqual({});
    expect(publishedServers(topology, undefined)).toEqual({});
  });

  it("of Codex are TOML", () => {
    expect(mcpClients.codex?.write({ tekup: gateway })).toBe(
      '[mcp_servers.tekup]\nurl = "http://127.0.0.1:3000/mcp"\nhttp_headers = { "X-Api-Key" = "k" }\n',
    );
    expect(mcpClients.codex?.write({ fruit: { command: "docker", args: ["exec", "fruit"] } })).toBe(
      '[mcp_servers.fruit]\ncommand = "docker"\nargs = ["exec","fruit"]\n',
    );
  });
});
