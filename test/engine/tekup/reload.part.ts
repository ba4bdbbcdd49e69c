import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../../../engine/docker";
import { eventually } from "../support/eventually";
import type { Part } from "../support/shared-stack";
import type { Settings } from "../support/stack";
import type { TekUp } from "../support/tekup";

const root = join(__dirname, "..", "..", "..");
const servers = ["mcp-gateway", "mcp-browser", "mcp-filesystem", "mcp-search"];
const named = "search__search_semantic";
const renamed = "search__search_my_notes";

/** A copy of the sources in a stack's folder, to work on, and the setting for it. */
export function withSources(folder: string): Settings {
  const sources = sourcesIn(folder);
  cpSync(join(root, "services"), join(sources, "services"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(sources, "node_modules"));
  return { projectFolder: sources };
}

const sourcesIn = (folder: string) => join(folder, "sources");

/** What comes of saving a file of a server; the stack has `withSources`. */
export const reload: Part<TekUp> = {
  title: "reload of a server that somebody works on",
  tests(tekup) {
    const file = () =>
      join(sourcesIn(tekup().stack.folder), "services", "search", "src", "tools", "search-semantic.ts");
    const tools = () => tekup().as("default", (session) => session.toolNames());
    const save = (text: string) => writeFileSync(file(), text);
    const other = (text: string) => text.replace('"search_semantic"', '"search_my_notes"');
    let original: string;

    beforeAll(() => {
      original = readFileSync(file(), "utf8");
    });
    afterEach(async () => {
      save(original);
      await eventually(async () => expect(await tools()).toContain(named));
    });

    /** Calls a tool of the search server one time after the other until that holds; gives why each failed, if it did. */
    async function callsUntil(holds: () => Promise<boolean>): Promise<(string | undefined)[]> {
      const calls: (string | undefined)[] = [];
      await tekup().as("default", async (session) => {
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

    it("gives what was saved, through the gateway, in the container that there is", async () => {
      const before = await tekup().started(servers);
      save(other(original));
      const calls = await callsUntil(async () => (await tools()).includes(renamed));
      console.info(`a reload under calls: ${calls.length} calls`);
      expect(calls.filter(Boolean)).toEqual([]);
      expect(await tools()).not.toContain(named);
      expect(await tekup().started(servers)).toEqual(before);
    });

    it("leaves what ran while what is saved does not compile, and follows what mends it", async () => {
      const { stack } = tekup();
      const before = await tekup().started(servers);
      save(`${original}\nconst = ;\n`);
      const complaint = /do not compile.*services\/search\/src\/tools\/search-semantic\.ts:\d+/;
      await eventually(async () => expect(await tekup().log("mcp-search")).toMatch(complaint));
      expect((await stack.command("logs", "mcp-search")).output).toMatch(complaint);
      expect(await tools()).toContain(named);
      save(other(original));
      await eventually(async () => expect(await tools()).toContain(renamed));
      expect(await tekup().started(servers)).toEqual(before);
    });

    it("lets no server write into the sources", async () => {
      const touch = ["exec", tekup().stack.containerName("mcp-search"), "touch", "/sources/services/x"];
      await expect(docker(touch)).rejects.toThrow(/Read-only file system/);
    });
  },
};
