import type { Recipe } from "../../imaging/recipe";
import { bases } from "./bases";
import { buildTools } from "./build-tools";
import { dashboards } from "./dashboards";
import { databases } from "./databases";
import { devcontainer } from "./devcontainer";
import { gateway } from "./gateway";
import { logs } from "./logs";
import { mcpServers } from "./mcp-servers";
import { monitoring } from "./monitoring";
import { tekupServers } from "./tekup-servers";
import { watchdog } from "./watchdog";

/** Every image that the project can make: data only. How recipes become images is imaging/. */
export const recipes: Record<string, Recipe> = {
  ...bases,
  ...databases,
  ...mcpServers,
  ...buildTools,
  ...monitoring,
  ...logs,
  ...watchdog,
  ...dashboards,
  ...devcontainer,
  ...gateway,
  ...tekupServers,
};
