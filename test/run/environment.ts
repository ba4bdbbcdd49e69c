import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { performance } from "node:perf_hooks";
import { TestEnvironment } from "jest-environment-node";
import { Lane, type Lend } from "./permits";
import { processorSeconds } from "./processor-time";
import { type FileRecord, linesVariable, officeVariable } from "./record";

/** What the run told this process. */
const told: Record<string, string | undefined> = {};

/** Takes over what the run tells, so that a test which runs jest itself does not pass it on. */
function listen(): void {
  for (const name of [officeVariable, linesVariable]) {
    told[name] = process.env[name] ?? told[name];
    delete process.env[name];
  }
}

/**
 * Node as jest has it. Each file works with a permit, which its tests can lend, and what it took is written down. Tests can
 * ask how much of their file has failed so far: see shared-stack.ts.
 */
export default class extends TestEnvironment {
  private readonly lane: Lane;
  private readonly file: string;
  private began = { wall: 0, processor: 0 };

  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    listen();
    super(config, context);
    this.file = relative(config.globalConfig.rootDir, context.testPath);
    this.lane = new Lane(told[officeVariable]);
    // No more than a function: jest empties what it finds behind the globals of a file that has ended.
    const lend: Lend = (wait) => this.lane.lend(wait);
    Object.assign(this.global, { lend, failures: 0 });
  }

  override async setup(): Promise<void> {
    await super.setup();
    await this.lane.take();
    this.lane.waitedSeconds = 0;
    this.began = { wall: performance.now(), processor: processorSeconds() };
  }

  /** Called by jest with all that happens in the file. */
  handleTestEvent({ name, test }: { name: string; test?: { errors: unknown[] } }): void {
    if (name === "hook_failure" || (name === "test_done" && test?.errors.length))
      (this.global as unknown as { failures: number }).failures += 1;
  }

  override async teardown(): Promise<void> {
    this.lane.give();
    const { file, lane, began } = this;
    const record: FileRecord = {
      file,
      wall: (performance.now() - began.wall) / 1000 - lane.waitedSeconds,
      processor: processorSeconds() - began.processor,
    };
    const path = told[linesVariable];
    if (path !== undefined) appendFileSync(path, `${JSON.stringify(record)}\n`);
    await super.teardown();
  }
}
