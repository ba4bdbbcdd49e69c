import { existsSync } from "node:fs";
import { join } from "node:path";

/** The folder that toolchain/build.sh made, or undefined where an official CLI is in use. */
export const bin = process.env.MCP_TOOLCHAIN_BIN || undefined;

if (bin !== undefined && !existsSync(join(bin, "pulumi"))) {
  throw new Error(`MCP_TOOLCHAIN_BIN is ${bin}, and there is no pulumi: run toolchain/build.sh ${bin}`);
}

/** `describe`, or a skip that says why where there is no toolchain to test. */
export function describeToolchain(title: string, tests: () => void): void {
  if (bin !== undefined) {
    describe(title, tests);
    return;
  }
  const reason = "MCP_TOOLCHAIN_BIN is unset, so an official CLI is in use";
  process.stderr.write(`skipped, ${title}: ${reason}\n`); // jest shows the titles of skipped tests only on demand
  describe.skip(`${title} (${reason})`, tests);
}

/** What a run of the toolchain's CLI needs: its own plugins, and nothing of the user's. */
export function environment(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_HOME: join(home, "pulumi"),
    PULUMI_BACKEND_URL: `file://${home}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "false", // this home has no plugins, so those beside the CLI are to be taken
  };
}
