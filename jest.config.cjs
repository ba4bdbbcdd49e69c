const common = {
  testEnvironment: "node",
  transform: {
    "^.+\\.[cm]?[jt]s$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }],
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
      testMatch: ["<rootDir>/test/unit/**/*.test.ts", "<rootDir>/services/**/*.test.ts"],
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
