import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../../cli/commands/config";
import { describeStack } from "../../../cli/stack-file";
import { SettingsError } from "../../../config/errors";
import { type Settings, secretSettings, settingsSchema, systemSettings } from "../../../config/schema";
import { fieldAt, kindOf } from "../../../config/schema-walk";
import { tekupSettings } from "../../../config/tekup-schema";
import { definitionOf, unwrap } from "../../../services/host/zod-schema";

let folder: string;
let file: string;
let said: jest.SpyInstance;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fixes-"));
  file = join(folder, "Pulumi.mine.yaml");
  said = jest.spyOn(console, "log").mockReturnValue();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  said.mockRestore();
});

const mine = () => ({ stack: "mine", configFile: file });
const write = (settings: Record<string, unknown>) =>
  writeFileSync(
    file,
    stringify({
      config: Object.fromEntries(Object.entries(settings).map(([key, value]) => [`mcp:${key}`, value])),
    }),
  );
const read = () => (parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> }).config;

/** What is wrong with the settings in the file, as it is printed. */
function wrong(): string | undefined {
  try {
    describeStack(mine());
    return undefined;
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

/**
 * Types the commands that an error prints into a shell, but for those that ask, and gives what is wrong then. False where it prints
 * none.
 */
async function typed(message: string): Promise<string | undefined | false> {
  const lines = [...message.matchAll(/^ {4}fix: npm run config -- ((?!.*--secret).*)$/gm)].map(
    ([, line = ""]) => line,
  );
  for (const line of new Set(lines)) {
    try {
      expect(await run(wordsOf(line))).toBe(0);
    } catch (error) {
      if (error instanceof SettingsError) return error.message;
      throw error;
    }
  }
  return lines.length > 0 ? wrong() : false;
}

/** A line's words as a shell reads them, as far as quotes go. */
function wordsOf(line: string): string[] {
  return (line.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []).map((word) =>
    word.replaceAll(/'([^']*)'|\\(')/g, (_, quoted?: string, single?: string) => quoted ?? single ?? ""),
  );
}

/** Values that a setting of that kind can't have, but for some, with which others may not go together. */
const wrongFor = (path: string[]) => {
  const field = fieldAt(path);
  return field && kindOf(field) === "number" ? [-1, 9, 1e9] : ["wrong value"];
};
const services = { devcontainer: "postgres-mcp", tekup: "mcp-search" };

/** Every place in the settings of a system, with a name for what is one of many. */
function places(system: Settings["system"]): string[][] {
  const others = systemSettings[system === "tekup" ? "devcontainer" : "tekup"].map((path) => path.join("."));
  const below = (path: string[]): string[][] => {
    const field = path.length > 0 ? fieldAt(path) : settingsSchema;
    const { shape, valueType } = field ? definitionOf(unwrap(field)) : {};
    const inner = shape
      ? Object.keys(shape)
      : valueType
        ? [path[0] === "services" ? services[system] : "some"]
        : [];
    return [...(path.length > 0 ? [path] : []), ...inner.flatMap((name) => below([...path, name]))];
  };
  return below([])
    .filter(([first = ""]) => system === "devcontainer" || first in tekupSettings)
    .filter(([first = ""]) => first !== "system" && !(secretSettings as readonly string[]).includes(first))
    .filter(
      (path) => !others.some((other) => path.join(".") === other || path.join(".").startsWith(`${other}.`)),
    );
}

describe.each(["devcontainer", "tekup"] as const)("whatever is set in a stack of the system %s", (system) => {
  it.each(places(system).map((path) => [path.join("."), path] as const))(
    "at %s, the commands that its errors print mend it",
    async (_, path) => {
      for (const value of wrongFor(path)) {
        const [first = "", ...rest] = path;
        write({ system, [first]: rest.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value) });
        let message = wrong();
        for (let round = 0; round < 4 && message !== undefined; round += 1) {
          expect(message).not.toMatch(/Invalid|expected|VALUE|undefined|pulumi /);
          const then = await typed(message);
          if (then === false) break; // it says in words what only the user can decide
          message = then;
        }
        if (message !== undefined) expect({ path, value, message }).toMatchObject({ message: onlyInWords });
      }
    },
  );
});

const onlyInWords = expect.stringMatching(
  /fix: (set one of|take one out|npm run config -- .*--secret)/,
) as string;

describe("the command that changes a setting", () => {
  it("keeps all else of the file as it is, and gives a value the kind that its setting has", async () => {
    writeFileSync(
      file,
      "# mine\nconfig:\n  mcp:system: devcontainer # the cluster\n  mcp:tls: { enabled: false }\n",
    );
    await run(["--stack", "mine", "--config-file", file, "set", "mcp:services.mariadb.memory", "1g"]);
    await run(["--stack", "mine", "--config-file", file, "set", "services.postgres-mcp.publish", "8031"]);
    await run(["--stack", "mine", "--config-file", file, "set", "mcp:namePrefix", "12-"]);
    expect(read()).toMatchObject({
      "mcp:services": { mariadb: { memory: "1g" }, "postgres-mcp": { publish: 8031 } },
      "mcp:namePrefix": "12-",
    });
    await run(["--stack", "mine", "--config-file", file, "rm", "mcp:services"]);
    await run(["--stack", "mine", "--config-file", file, "rm", "mcp:namePrefix"]);
    expect(readFileSync(file, "utf8")).toBe(
      "# mine\nconfig:\n  mcp:system: devcontainer # the cluster\n  mcp:tls: { enabled: false }\n",
    );
  });

  it("changes what is in a map that was set as text, as Pulumi sets one", async () => {
    writeFileSync(
      file,
      `config:\n  mcp:system: devcontainer\n  mcp:services: '{"mariadb":{"memory":"1g","cpus":1}}'\n`,
    );
    await run(["--stack", "mine", "--config-file", file, "rm", "mcp:services.mariadb.memory"]);
    expect(read()).toMatchObject({ "mcp:services": { mariadb: { cpus: 1 } } });
  });

  it.each([
    ["a value that can't be used", ["set", "mcp:tiers", "9"], /mcp:tiers: 9 is above 5/],
    ["a setting that there is none of", ["set", "mcp:teirs", "2"], /did you mean "tiers"/],
    [
      "a secret in plain text",
      ["set", "mcp:alertWebhook", "https://example.com"],
      /set --secret 'mcp:alertWebhook'/,
    ],
    ["no value", ["set", "mcp:tiers"], /set KEY VALUE/],
    ["another word", ["get", "mcp:tiers"], /set KEY VALUE/],
  ])("refuses %s, and writes nothing", async (_, words, message) => {
    write({ system: "devcontainer" });
    const before = readFileSync(file, "utf8");
    await expect(run(["--stack", "mine", "--config-file", file, ...words])).rejects.toThrow(message);
    expect(readFileSync(file, "utf8")).toBe(before);
  });
});
