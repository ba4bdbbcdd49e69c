import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { lanesOf, thisMachine } from "./lanes";
import { openPermitOffice, type PermitOffice } from "./permits";
import { machineSeconds } from "./processor-time";
import { type FileRecord, linesVariable, officeVariable, runFile, type RunRecord } from "./record";

/** Keeps a run's permits, and leaves what it took in `.local/`. */
export default class {
  private office: PermitOffice | undefined;
  private readonly lines = `${runFile}.lines`;
  private began = { wall: 0, machine: 0 };

  async onRunStart(): Promise<void> {
    this.office = await openPermitOffice(lanesOf(thisMachine()).permits);
    mkdirSync(dirname(runFile), { recursive: true });
    rmSync(this.lines, { force: true });
    // The workers are started after this, and get it from here.
    Object.assign(process.env, { [officeVariable]: this.office.address, [linesVariable]: this.lines });
    this.began = { wall: performance.now(), machine: machineSeconds() };
  }

  onRunComplete(): void {
    this.office?.close();
    const record: RunRecord = {
      wall: (performance.now() - this.began.wall) / 1000,
      machine: machineSeconds() - this.began.machine,
      cores: availableParallelism(),
      files: existsSync(this.lines) ? recordsIn(readFileSync(this.lines, "utf8")) : [],
    };
    rmSync(this.lines, { force: true });
    writeFileSync(runFile, `${JSON.stringify(record, null, 2)}\n`);
  }
}

const recordsIn = (lines: string) =>
  lines
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FileRecord);
