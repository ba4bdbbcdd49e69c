import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { createLogger } from "../../host/log";
import { type DeadmanData, missedChecks } from "./deadman";

const { beats, checkMs } = workerData as DeadmanData;
// Straight to the file: a thread's own streams go through the main one, which may hang.
const log = createLogger("error", (line) => writeSync(2, line));
let last = 0;
let missed = 0;

setInterval(() => {
  const now = Atomics.load(beats, 0);
  missed = now === last ? missed + 1 : 0;
  last = now;
  if (missed < missedChecks) return;
  log.error("no sign of life: ending", { seconds: (checkMs * missed) / 1000 });
  process.kill(process.pid, "SIGKILL");
}, checkMs);
