import { run } from "../../host/program";
import { version } from "../package.json";

void run({
  name: "mcp-filesystem",
  version,
  open: async (environment) => (await import("./service.js")).openService(environment, version),
});
