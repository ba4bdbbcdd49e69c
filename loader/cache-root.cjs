const os = require("node:os");
const path = require("node:path");

exports.cacheRoot = () => {
  const userCache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  return process.env.MCP_CACHE ?? path.join(userCache, "mcp-environments");
};
