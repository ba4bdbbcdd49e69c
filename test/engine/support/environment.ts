import Environment from "../../run/environment";

/** What of jest's events is looked at. */
interface Event {
  name: string;
  test?: { errors: unknown[] };
}

/** What every file has, where tests can ask besides how much of their file has failed so far: see shared-stack.ts. */
export default class extends Environment {
  private failures = 0;

  override async setup(): Promise<void> {
    await super.setup();
    this.global.failures = 0;
  }

  handleTestEvent({ name, test }: Event): void {
    if (name === "hook_failure" || (name === "test_done" && (test?.errors ?? []).length > 0))
      this.failures += 1;
    this.global.failures = this.failures;
  }
}
