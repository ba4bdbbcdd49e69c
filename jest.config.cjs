require("./loader/transpile.cjs");
const { lanesOf, thisMachine } = require("./test/run/lanes.ts");

const transform = { "^.+\\.[cm]?ts$": "<rootDir>/test/run/transform.cjs" };

const patience = "<rootDir>/test/run/patience.ts";

const common = {
  testEnvironment: "<rootDir>/test/run/environment.ts",
  transform,
  setupFilesAfterEnv: [patience],
  modulePathIgnorePatterns: ["<rootDir>/.local/"],
};

/** What Pulumi's SDK loads at every start and no test uses takes two thirds of its time to load; see loader/late.cjs. */
const leftOut = Object.fromEntries(
  ["/typescript-shim$", "^@npmcli/arborist$", "^\\./automation$"].map((asked) => [
    asked,
    "<rootDir>/test/unit/left-out.cjs",
  ]),
);

/** @type {import("jest").Config} */
module.exports = {
  maxWorkers: lanesOf(thisMachine()).workers,
  testSequencer: "<rootDir>/test/run/sequencer.cjs",
  reporters: ["default", "<rootDir>/test/run/reporter.cjs"],
  projects: [
    {
      ...common,
      displayName: "unit",
      moduleNameMapper: leftOut,
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
      testMatch: ["<rootDir>/test/{engine,images,toolchain}/**/*.test.ts"],
      setupFilesAfterEnv: [patience, "<rootDir>/test/engine/support/turns.ts"],
      globalTeardown: "<rootDir>/test/engine/teardown.ts",
    },
  ],
};
