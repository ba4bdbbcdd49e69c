import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { docker } from "../../engine/docker";
import { eventually } from "./support/eventually";
import { overHttp, type Session } from "./support/mcp";
import { freePort } from "./support/ports";
import { TestStack } from "./support/stack";

const root = join(__dirname, "..", "..");

/** The commands of the page's section, in their order. */
const page = readFileSync(join(root, "docs", "tekup.md"), "utf8");
const section = page.split("\n## From nothing to a call\n")[1]?.split("\n## ")[0] ?? "";
const commands = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);

/** What a newcomer sees after a command, by a part of the command. */
const shown: [command: string, output: RegExp][] = [
  ["npm run up", /is up on the network[\s\S]*mcp-gateway +healthy/],
  ["--client vscode", /"url": "http:\/\/127\.0\.0\.1:\d+\/mcp"[\s\S]*"X-Api-Key"/],
  ["tools/list", /browser__browser_navigate[\s\S]*filesystem__write_file[\s\S]*search__search_code/],
  ["filesystem__write_file", /"content": \[/],
  ["search__search_code", /hello\.md[\s\S]*Hello from the gateway/],
  ["npm run status", /mcp-search +healthy/],
  ["npm run logs", /"tool":"search__search_code","outcome":"answered"/],
];

let stack: TestStack;
let keyFile: string;
/** A copy of the sources, to work on. */
let sources: string;

beforeAll(async () => {
  const { config } = parse(readFileSync(join(root, "Pulumi.tekup-dev.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  const own = Object.entries(config)
    .map(([key, value]) => [key.replace("mcp:", ""), value] as const)
    .filter(([key]) => !["namePrefix", "networkName", "services"].includes(key));
  const services = { "mcp-gateway": { publish: await freePort() } };
  const settings = { ...Object.fromEntries(own), services };
  stack = await TestStack.create(settings);
  keyFile = join(root, ".local", `${stack.name}.json`);
  sources = join(stack.folder, "sources");
  cpSync(join(root, "services"), join(sources, "services"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(sources, "node_modules"));
  stack.configure({ ...settings, projectFolder: sources });
});
afterAll(async () => {
  rmSync(keyFile, { force: true });
  await stack.remove();
});

/** A command of the page for the test's own stack, which has its settings file elsewhere. */
const forStack = (command: string) =>
  command
    .replaceAll("tekup-dev", stack.name)
    .replace(`--stack ${stack.name}`, `--stack ${stack.name} --config-file ${stack.configFile}`);

const down = commands.filter((command) => command.includes("npm run down"));
const runs = async (command: string) => {
  const { code, output } = await stack.type(forStack(command));
  expect({ code, output }).toMatchObject({ code: 0 });
  for (const [part, pattern] of shown) if (command.includes(part)) expect(output).toMatch(pattern);
};

it.each(commands.filter((command) => !down.includes(command)))("%s", runs);

describe("a server of a stack that somebody works on", () => {
  const file = () => join(sources, "services", "search", "src", "tools", "search-semantic.ts");
  const save = (change: (text: string) => string) =>
    writeFileSync(file(), change(readFileSync(file(), "utf8")));

  it("is what was saved, through the gateway, in the container that there is", async () => {
    const before = await started();
    save((text) => text.replace('"search_semantic"', '"search_my_notes"'));
    const calls = await callsUntil(async () => (await tools()).includes("search__search_my_notes"));
    console.info(`a reload under calls: ${calls.length} calls`);
    expect(calls.filter(Boolean)).toEqual([]);
    expect(await tools()).not.toContain("search__search_semantic");
    expect(await started()).toEqual(before);
  });

  it("goes on as it was while what is saved does not compile, and follows what mends it", async () => {
    const before = await started();
    save((text) => `${text}\nconst = ;\n`);
    const logs = async () => (await stack.command("logs", "mcp-search")).output;
    await eventually(async () =>
      expect(await logs()).toMatch(/do not compile.*services\/search\/src\/tools\/search-semantic\.ts:\d+/),
    );
    expect(await tools()).toContain("search__search_my_notes");
    save((text) => text.replace("const = ;", "").replace('"search_my_notes"', '"search_semantic"'));
    await eventually(async () => expect(await tools()).toContain("search__search_semantic"));
    expect(await started()).toEqual(before);
  });

  it("can't write into the sources", async () => {
    const touch = ["exec", stack.containerName("mcp-search"), "touch", "/sources/services/x"];
    await expect(docker(touch)).rejects.toThrow(/Read-only file system/);
  });
});

it.each(down)("%s", runs);

it("leads to a call: no command of the section is missing", () => {
  for (const [part] of shown) expect(commands.filter((command) => command.includes(part))).not.toEqual([]);
});

/** Use of the gateway with the page's own client settings. */
async function client<T>(use: (session: Session) => Promise<T>): Promise<T> {
  const { mcpServers } = JSON.parse(readFileSync(keyFile, "utf8")) as {
    mcpServers: Record<string, { url: string; headers: Record<string, string> }>;
  };
  const { url = "", headers = {} } = mcpServers[stack.name] ?? {};
  return overHttp(url, use, headers);
}

const tools = () => client((session) => session.toolNames());

/** Calls a tool of the search server one time after the other until that holds; gives why each failed, if it did. */
async function callsUntil(holds: () => Promise<boolean>): Promise<(string | undefined)[]> {
  const calls: (string | undefined)[] = [];
  await client(async (session) => {
    const call = async () => {
      const made = session.call("search__search_code", { pattern: "gateway" });
      calls.push(await made.then(({ isError, text }) => (isError ? text : undefined), String));
    };
    await eventually(async () => {
      await call();
      expect(await holds()).toBe(true);
    });
    await call();
  });
  return calls;
}

/** When the gateway and its servers were started. */
async function started(): Promise<string[]> {
  const names = ["mcp-gateway", "mcp-browser", "mcp-filesystem", "mcp-search"];
  return Promise.all(names.map(async (name) => (await stack.container(name)).State.StartedAt));
}
