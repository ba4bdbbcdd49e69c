// It comes with jest, and is no dependency of the project's own.
const path = require.resolve("jest-environment-node", { paths: [require.resolve("jest")] });
const { TestEnvironment } = require(path);

/** Node as jest has it, where tests can ask how much of their file has failed so far: see shared-stack.ts. */
module.exports = class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    this.global.failures = 0;
  }

  handleTestEvent({ name, test }) {
    if ((name === "test_done" && test.errors.length > 0) || name === "hook_failure")
      this.global.failures += 1;
  }
};
