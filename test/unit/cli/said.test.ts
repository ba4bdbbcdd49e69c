import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noEngine } from "../../../cli/no-engine";
import { commandLine } from "../../../cli/operate/command-line";
import { labelledObjects } from "../../../cli/repair/objects";
import { missingInState, stateElsewhere } from "../../../cli/whose-state";
import { SettingsError } from "../../../config/errors";

jest.mock("../../../cli/repair/objects");

describe("a command that is printed", () => {
  it("can be pasted, whatever a settings file or a folder is called", () => {
    const configFile = "/home/ann/my prøj/it's/Pulumi.x.yaml";
    const quoted = String.raw`'/home/ann/my prøj/it'\''s/Pulumi.x.yaml'`;
    expect(commandLine("up", { stack: "x", configFile })).toBe(
      `npm run up -- --stack x --config-file ${quoted}`,
    );
    const problem = {
      key: "mcp:tiers",
      value: "9",
      wrong: "is too much",
      fix: "npm run config -- rm 'mcp:tiers'",
    };
    expect(new SettingsError("x", [problem], ["--config-file", configFile]).message).toContain(
      `npm run config -- --stack x --config-file ${quoted} rm 'mcp:tiers'`,
    );
  });
});

describe("where no engine answers", () => {
  it("the set-up starts one, but in the devcontainer, where there is none on purpose", () => {
    expect(noEngine({}, false)).toMatch(/npm run setup/);
    expect(noEngine({}, true)).toMatch(/on the host/);
    expect(noEngine({}, true)).not.toMatch(/npm run setup/);
    expect(noEngine({ DOCKER_HOST: "tcp://x:1" }, true)).toMatch(
      /tcp:\/\/x:1; start it, or unset DOCKER_HOST/,
    );
  });
});

describe("what is not in the state", () => {
  const stack = { stack: "dev" };
  let folder: string;
  const backend = process.env.PULUMI_BACKEND_URL;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "state-"));
    process.env.PULUMI_BACKEND_URL = `file://${folder}`;
  });
  afterEach(() => {
    if (backend === undefined) delete process.env.PULUMI_BACKEND_URL;
    else process.env.PULUMI_BACKEND_URL = backend;
    rmSync(folder, { recursive: true });
  });

  const onEngine = (...names: string[]) =>
    jest
      .mocked(labelledObjects)
      .mockResolvedValue(names.map((name) => ({ kind: "container", id: name, name, environment: "e" })));
  const keepState = () => {
    mkdirSync(join(folder, ".pulumi", "stacks", "mcp"), { recursive: true });
    writeFileSync(join(folder, ".pulumi", "stacks", "mcp", "dev.json"), "{}");
  };
  const told = async () => (await missingInState(stack, "its password")).message;

  it("is somebody else's to tell where the stack is on the engine: no update would bring it", async () => {
    onEngine("mariadb");
    expect(await told()).toMatch(/^"dev" is on this engine, but its state is not .*another user/);
    expect(await told()).toContain(folder);
    expect(await told()).not.toMatch(/npm run up/);
    expect(await stateElsewhere(stack)).toBe(await told());
  });

  it("comes with the first update where there is none of the stack, or only what has another name", async () => {
    for (const names of [[], ["of-another-checkout-mariadb"]]) {
      onEngine(...names);
      expect(await told()).toBe('"dev" was never put up. Do so with: npm run up');
      expect(await stateElsewhere(stack)).toBeUndefined();
    }
  });

  it("comes with the next update where the state is here", async () => {
    onEngine("mariadb");
    keepState();
    expect(await told()).toMatch(/does not have its password\. Mend it with: npm run up/);
    expect(await stateElsewhere(stack)).toBeUndefined();
  });
});
