import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "../support/shared-stack";
import type { PulumiResult, TestStack } from "../support/stack";
import type { TekUp } from "../support/tekup";

const root = join(__dirname, "..", "..", "..");

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

const isDown = (command: string) => command.includes("npm run down");

/** Takes the stack down as the page says. */
export const downAsDocumented = (stack: TestStack) =>
  Promise.all(commands.filter(isDown).map((command) => typed(stack, command)));

/** The page's way from nothing to a call; it puts the stack up. */
export const docs: Part<TekUp> = {
  title: "the commands of docs/tekup.md",
  fromNothing: true,
  tests(tekup) {
    const keyFile = () => join(root, ".local", `${tekup().stack.name}.json`);

    afterAll(async () => {
      rmSync(keyFile(), { force: true });
      await tekup().removeFile("/srv/workspace/hello.md");
    });

    it("lead from nothing to a call, and show what there is", async () => {
      for (const command of commands.filter((one) => !isDown(one))) {
        const { code, output } = await typed(tekup().stack, command);
        expect({ command, code, output }).toMatchObject({ code: 0 });
        for (const [part, pattern] of shown) if (command.includes(part)) expect(output).toMatch(pattern);
      }
    });

    it("are all there", () => {
      for (const part of [...shown.map(([command]) => command), "npm run down"])
        expect({ part, found: commands.filter((command) => command.includes(part)) }).not.toMatchObject({
          found: [],
        });
    });
  },
};

/** A command of the page for the test's own stack, which has its settings file elsewhere. */
function typed(stack: TestStack, command: string): Promise<PulumiResult> {
  const own = `--stack ${stack.name} --config-file ${stack.configFile}`;
  return stack.type(command.replaceAll("tekup-dev", stack.name).replace(`--stack ${stack.name}`, own));
}
