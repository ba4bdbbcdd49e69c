/**
 * The entry of the image: bundled by itself it is small, and the watchdog's bundle, `server.js` beside it, is loaded only
 * to watch, as the engine runs the health check every few seconds.
 */
import { createRequire } from "node:module";
import { askHealth } from "../../host/ask-health";
import { endIfStopped } from "./stopped";

const [command, ...rest] = process.argv.slice(2);

if (command === undefined) createRequire(__filename)("./server.js");
else if (command === "health" && rest.length === 0) void sayHealth();
else {
  process.stderr.write("usage: watchdog [health]\n");
  process.exitCode = 2;
}

async function sayHealth(): Promise<void> {
  // First, as one that was stopped does not answer, and the engine waits a few seconds only.
  if (endIfStopped(__filename)) {
    process.stdout.write("it was stopped, and is ended to be started again\n");
    process.exitCode = 1;
    return;
  }
  const { ready, message } = await askHealth(Number(process.env.WATCHDOG_PORT || 8000));
  process.stdout.write(`${message}\n`);
  process.exitCode = ready ? 0 : 1;
}
