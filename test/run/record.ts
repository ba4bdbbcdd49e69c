import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Names the socket of the office for permits to the workers. */
export const officeVariable = "MCP_TEST_PERMITS";

/** Names the file to the workers in which they write what each test file took, in a line of JSON. */
export const linesVariable = "MCP_TEST_RECORD";

/** What a test file took. */
export interface FileRecord {
  /** Its path, from the project's folder. */
  file: string;
  /** Seconds from its start to its end, without those in which it could not work as others held all permits. */
  wall: number;
  /** Seconds of processors: its own, and those of the programs that it started. */
  processor: number;
}

/** What a whole run took. */
export interface RunRecord {
  /** Seconds from its start to its end. */
  wall: number;
  /** Seconds that all of the machine's processors worked meanwhile, for whomever. */
  machine: number;
  /** Processors of the machine. */
  cores: number;
  files: FileRecord[];
}

/** Where the last run left what it took. */
export const runFile = join(__dirname, "..", "..", ".local", "test-run.json");

/** What the last run took. */
export const lastRun = () => JSON.parse(readFileSync(runFile, "utf8")) as RunRecord;
