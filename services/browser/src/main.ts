import { run } from "../../host/program";
import { version } from "../package.json";

void run({
  name: "mcp-browser",
  version,
  open: async (environment, log) => (await import("./service.js")).openService(environment, log, version),
});
