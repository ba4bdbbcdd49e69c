const transform = { "^.+\\.[cm]?ts$": "<rootDir>/test/run/transform.cjs" };

const common = {
  testEnvironment: "node",
  transform,
  modulePathIgnorePatterns: ["<rootDir>/.local/"],
};

/** @type {import("jest").Config} */
module.exports = {
  // With a third, two processors are overloaded: measured, every file took twice the time.
  maxWorkers: 2,
  testSequencer: "<rootDir>/test/sequencer.cjs",
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: ["<rootDir>/test/unit/**/*.test.ts"],
    },
    // The project's own servers, against real databases that the run starts for them.
    {
      ...common,
      displayName: "services",
      // jose comes as ES modules only, which jest can't load from tests that are none.
      transform: { ...transform, "/node_modules/jose/.+\\.js$": "<rootDir>/test/run/transform.cjs" },
      transformIgnorePatterns: ["/node_modules/(?!jose/)"],
      testMatch: ["<rootDir>/services/**/*.test.ts"],
      globalSetup: "<rootDir>/test/services/setup.ts",
      globalTeardown: "<rootDir>/test/services/teardown.ts",
    },
    // What needs the engine, Pulumi or the network of containers: minutes, not milliseconds.
    {
      ...common,
      displayName: "engine",
      testEnvironment: "<rootDir>/test/engine/support/environment.cjs",
      testMatch: ["<rootDir>/test/{engine,images,toolchain}/**/*.test.ts"],
      setupFilesAfterEnv: ["<rootDir>/test/engine/support/patience.ts"],
      globalTeardown: "<rootDir>/test/engine/teardown.ts",
    },
  ],
};
