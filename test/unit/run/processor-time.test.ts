import { spawnSync } from "node:child_process";
import { machineSeconds, processorSeconds } from "../../../test/run/processor-time";

/** What this process alone has taken, in seconds. */
function own(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

it("counts this process' work, and that of programs which it started and of theirs", () => {
  // The whole first, or what is done between the two questions is counted in the part alone.
  const before = { all: processorSeconds(), own: own(), machine: machineSeconds() };
  while (own() - before.own < 0.1);
  expect(processorSeconds() - before.all).toBeGreaterThanOrEqual(0.1);
  const work = "while (process.cpuUsage().user < 200_000); console.log(JSON.stringify(process.cpuUsage()))";
  const options = JSON.stringify({ stdio: "inherit" });
  const child = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(work)}], ${options})`;
  const { stdout } = spawnSync(process.execPath, ["-e", child], { encoding: "utf8" });
  const { user, system } = JSON.parse(stdout) as NodeJS.CpuUsage;
  const others = processorSeconds() - before.all - (own() - before.own);
  expect(others).toBeGreaterThanOrEqual((user + system) / 1e6 - 0.02); // told in hundredths
  expect(machineSeconds() - before.machine).toBeGreaterThanOrEqual(0.29);
});
