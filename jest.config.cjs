// Types are checked once for the whole tree by `npm run check`; here each file is only transpiled.
const compilerOptions = { module: "commonjs", moduleResolution: "node10", isolatedModules: true };

const common = {
  testEnvironment: "node",
  transform: {
    "^.+\\.[cm]?ts$": [
      "ts-jest",
      { tsconfig: { ...require("./tsconfig.json").compilerOptions, ...compilerOptions } },
    ],
  },
  modulePathIgnorePatterns: ["<rootDir>/.local/"],
};

/** @type {import("jest").Config} */
module.exports = {
  maxWorkers: 2,
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
      testMatch: ["<rootDir>/services/**/*.test.ts"],
      globalSetup: "<rootDir>/test/services/setup.ts",
      globalTeardown: "<rootDir>/test/services/teardown.ts",
    },
    // What needs the engine, Pulumi or the network of containers: minutes, not milliseconds.
    {
      ...common,
      displayName: "engine",
      testMatch: ["<rootDir>/test/{engine,images,toolchain}/**/*.test.ts"],
      setupFilesAfterEnv: ["<rootDir>/test/engine/support/patience.ts"],
    },
  ],
};
