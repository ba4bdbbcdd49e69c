import { spawnSync } from "node:child_process";
import { machineSeconds, processorSeconds } from "../../../test/run/processor-time";

const used = () => process.cpuUsage().user / 1000;

it("counts this process' work, and that of programs which it started and of theirs", () => {
  const [before, machine, began] = [processorSeconds(), machineSeconds(), used()];
  while (used() - began < 100);
  expect(processorSeconds() - before).toBeGreaterThanOrEqual(0.1);
  const work = "while (process.cpuUsage().user < 200_000);";
  const child = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(work)}])`;
  spawnSync(process.execPath, ["-e", child]);
  expect(processorSeconds() - before).toBeGreaterThanOrEqual(0.28); // told in hundredths
  expect(machineSeconds() - machine).toBeGreaterThanOrEqual(0.25);
});
