import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shell } from "../../../cli/operate/shell";
import { shellWord } from "../../../config/shell-word";

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "shell-"))));
afterEach(() => rmSync(home, { recursive: true }));

/** What a terminal shows of a shell in which this is typed. */
function typed(words: string[], text: string): string {
  const { stdout } = spawnSync("script", ["-qec", words.map(shellWord).join(" "), "/dev/null"], {
    input: text,
    encoding: "utf8",
    env: { ...process.env, HOME: home, SHELL: "/bin/sh", TERM: "dumb" },
  });
  return stdout;
}

describe("the shell in a service", () => {
  it("has the service's name in the prompt that its files give it, and leaves nothing behind", () => {
    writeFileSync(join(home, ".bashrc"), String.raw`PS1='<\u on \h, once \H> '` + "\n");
    const shown = typed(shell("postgres-db"), "env | grep -c PROMPT_COMMAND; exit\n");
    expect(shown).toMatch(/<\S+ on postgres-db, once postgres-db> /);
    expect(shown).toMatch(/^0\r?$/m);
  });

  it("has it in the prompt of a plain shell too, before the folder", () => {
    symlinkSync("/bin/sh", join(home, "sh"));
    const words = ["/usr/bin/env", `PATH=${home}`, ...shell("mcp-search-2")];
    expect(typed(words, "exit\n")).toContain(`mcp-search-2:${process.cwd()}$ `);
  });

  it("has no prompt where there is no terminal", () => {
    const [program = "", ...words] = shell();
    const { stdout } = spawnSync(program, words, { input: "echo $0; exit 3\n", encoding: "utf8" });
    expect(stdout).toBe("bash\n");
  });
});
