import { parseSettings } from "../../../config/settings";
import { buildTopology, type Service } from "../../../topology";

function devcontainer(values: Record<string, string> = {}): Service {
  const settings = parseSettings({
    stack: "dev",
    values: { "mcp:system": "devcontainer", ...values },
    isSecret: () => false,
  });
  const { tiers } = buildTopology("dev", settings, "registry");
  const found = tiers.at(-1)?.services.find(({ name }) => name === "devcontainer");
  if (!found) throw new Error("the last tier has no devcontainer");
  return found;
}

describe("the devcontainer", () => {
  it("carries the labels by which editors know it, a file of its own for each cluster", () => {
    expect(devcontainer().labels).toEqual({
      "devcontainer.local_folder": { project: "" },
      "devcontainer.config_file": { project: ".devcontainer/devcontainer.json" },
    });
    expect(devcontainer({ "mcp:namePrefix": "two-" }).labels?.["devcontainer.config_file"]).toEqual({
      project: ".devcontainer/two/devcontainer.json",
    });
  });

  it("knows the MCP servers of the cluster", () => {
    const { files } = devcontainer().configs?.find(({ path }) => path === "/etc/mcp") ?? {};
    expect(JSON.parse(files?.["servers.json"] ?? "")).toEqual({
      "postgres-mcp": "http://postgres-mcp:8000/mcp",
      "mariadb-mcp": "http://mariadb-mcp:8000/mcp",
      "python-experimental": "http://python-experimental:8000/mcp",
    });
  });

  it("is given neither the engine nor a capability", () => {
    const { binds, groups, capabilities, unconfined, writableRoot } = devcontainer();
    expect(binds?.map(({ source }) => source)).toEqual([{ project: "" }]);
    expect(groups).not.toContain("engine-socket");
    expect({ capabilities, unconfined, writableRoot }).toEqual({});
  });
});
