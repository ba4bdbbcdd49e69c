/**
 * The entry of the image: bundled by itself it is small, and the gateway's bundle, `server.js` beside it, is loaded only
 * to serve, as the engine runs the health check every few seconds.
 */
import { createRequire } from "node:module";
import { askHealth } from "../../host/ask-health";

const [command, ...rest] = process.argv.slice(2);

if (command === undefined) createRequire(__filename)("./server.js");
else if (command === "health" && rest.length === 0) void sayHealth();
else {
  process.stderr.write("usage: mcp-gateway [health]\n");
  process.exitCode = 2;
}

async function sayHealth(): Promise<void> {
  const { ready, message } = await askHealth(Number(process.env.MCP_GATEWAY_PORT || 3000));
  process.stdout.write(`${message}\n`);
  process.exitCode = ready ? 0 : 1;
}
