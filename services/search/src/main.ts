import { run } from "../../host/program";
import { version } from "../package.json";

void run({
  name: "mcp-search",
  version,
  open: async (environment, log) => (await import("./service.js")).openService(environment, version, log),
});
