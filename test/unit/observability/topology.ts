import { parseSettings } from "../../../config/settings";
import { buildTopology, type Topology } from "../../../topology";

/** The devcontainer cluster with these settings. */
export function topology(values: Record<string, string> = {}): Topology {
  const settings = parseSettings({
    stack: "dev",
    values: { "mcp:system": "devcontainer", ...values },
    isSecret: () => true,
  });
  return buildTopology("dev", settings, "registry");
}
