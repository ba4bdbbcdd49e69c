import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { performance } from "node:perf_hooks";
import { TestEnvironment } from "jest-environment-node";
import { Lane, type Lend } from "./permits";
import { processorSeconds } from "./processor-time";
import { officeVariable, linesVariable, type FileRecord } from "./record";

/** Node as jest has it; each file works with a permit in its lane, and what it took is written down. */
export default class extends TestEnvironment {
  private readonly lane = new Lane(process.env[officeVariable]);
  private readonly file: string;
  private began = { wall: 0, processor: 0 };

  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    super(config, context);
    this.file = relative(config.globalConfig.rootDir, context.testPath);
    // No more than a function: jest empties what it finds behind the globals of a file that has ended.
    const lend: Lend = (wait) => this.lane.lend(wait);
    Object.assign(this.global, { lend });
  }

  override async setup(): Promise<void> {
    await super.setup();
    await this.lane.take();
    this.lane.waitedSeconds = 0;
    this.began = { wall: performance.now(), processor: processorSeconds() };
  }

  override async teardown(): Promise<void> {
    this.lane.give();
    const { file, lane, began } = this;
    const record: FileRecord = {
      file,
      wall: (performance.now() - began.wall) / 1000 - lane.waitedSeconds,
      processor: processorSeconds() - began.processor,
    };
    const { [linesVariable]: path } = process.env;
    if (path !== undefined) appendFileSync(path, `${JSON.stringify(record)}\n`);
    await super.teardown();
  }
}
