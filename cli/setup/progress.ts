/** Lines of progress on standard error, each with the step they are of and the seconds since it began. */
export class Progress {
  private readonly began = Date.now();

  constructor(private readonly step: string) {}

  readonly log = (line: string) => {
    const seconds = Math.round((Date.now() - this.began) / 1000);
    console.error(`  ${this.step} [${String(seconds).padStart(3)} s] ${line}`);
  };
}
