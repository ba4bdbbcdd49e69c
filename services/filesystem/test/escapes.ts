import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Folders } from "./support";

/** What stands in the file outside; no answer may hold it. */
export const SECRET = "the-secret-outside";

/** A try to get out of the roots: what is called, after what was prepared. */
export interface Escape {
  what: string;
  tool: string;
  args: Record<string, unknown>;
  /** The answer may be one without an error, if it holds nothing of the outside: a listing that shows a link. */
  harmless?: true;
}

/** What an attacker may have laid into the roots beforehand, and the secret outside of them. */
export function prepare({ read, write, outside, all }: Folders): void {
  writeFileSync(join(outside, "secret"), SECRET);
  // A file of its own, so that no other try is refused for its second name.
  writeFileSync(join(outside, "linked"), SECRET);
  mkdirSync(join(outside, "folder"));
  writeFileSync(join(outside, "folder", "inner"), SECRET);
  for (const root of [read, write]) {
    mkdirSync(join(root, "dir", "sub"), { recursive: true });
    writeFileSync(join(root, "file"), "inside");
    symlinkSync(join(outside, "secret"), join(root, "absolute"));
    symlinkSync("../outside/secret", join(root, "relative"));
    symlinkSync("../../outside/secret", join(root, "dir", "deeper"));
    symlinkSync(outside, join(root, "folder-absolute"));
    symlinkSync("../outside", join(root, "folder-relative"));
    symlinkSync("..", join(root, "parent"));
    symlinkSync("dir/sub/../../../outside/secret", join(root, "detour"));
    symlinkSync("./././../outside/./secret", join(root, "dots"));
    symlinkSync("relative", join(root, "chain"));
    symlinkSync("chain", join(root, "chain2"));
    symlinkSync("dir", join(root, "dirlink"));
    symlinkSync("dirlink/../../outside/secret", join(root, "by-dirlink"));
    symlinkSync("loop", join(root, "loop"));
    symlinkSync("pong", join(root, "ping"));
    symlinkSync("ping", join(root, "pong"));
    symlinkSync("/", join(root, "slash"));
    symlinkSync("/proc/self/root", join(root, "proc-root"));
    symlinkSync("/proc/self/fd", join(root, "proc-fd"));
    symlinkSync("/proc/self/environ", join(root, "environ"));
    symlinkSync("/proc/self/cwd", join(root, "cwd"));
    symlinkSync("/dev/zero", join(root, "zero"));
    symlinkSync("../outside/not-there", join(root, "dangling"));
    symlinkSync(join(all, "read"), join(root, "absolute-inside"));
    linkSync(join(outside, "linked"), join(root, "hard"));
    execFileSync("mkfifo", [join(root, "pipe")]);
  }
}

const reading = (what: string, path: string): Escape => ({ what, tool: "read_text_file", args: { path } });

/** The tries that only read, below one root. */
function reads(root: string, { outside }: Folders): Escape[] {
  return [
    ["an absolute path outside", join(outside, "secret")],
    ["..", `${root}/../outside/secret`],
    [".. that goes down first", `${root}/dir/../../outside/secret`],
    [".. many times", `${root}/${"../".repeat(40)}${outside.slice(1)}/secret`],
    [".. with further slashes", `${root}//..//outside///secret`],
    [".. with dots", `${root}/./../outside/./secret`],
    [".. after a file", `${root}/file/../../outside/secret`],
    [".. after a link to a folder outside", `${root}/folder-absolute/../outside/secret`],
    [".. relative", "../outside/secret"],
    [".. relative, many times", `${"../".repeat(60)}etc/passwd`],
    ["a sibling whose name begins as the root's", `${root}-2/secret`],
    ["the root's name with a dot", `${root}/../outside`],
    ["the root's parent", `${root}/..`],
    ["a null byte", `${root}/file\0/../../outside/secret`],
    ["a null byte before an extension", `${outside}/secret\0.txt`],
    ["an encoded ..", `${root}/%2e%2e/outside/secret`],
    ["a twice encoded ..", `${root}/%252e%252e/outside/secret`],
    ["an encoded slash", `${root}/..%2foutside%2fsecret`],
    ["backslashes", `${root}\\..\\outside\\secret`],
    ["backslashes as parts", `${root}/..\\outside\\secret`],
    ["overlong UTF-8 in text", `${root}/\u00c0\u00ae\u00c0\u00ae/outside/secret`],
    ["full-width dots", `${root}/\uff0e\uff0e/outside/secret`],
    ["a two-dot leader", `${root}/\u2025/outside/secret`],
    ["a division slash", `${root}/..\u2215outside\u2215secret`],
    ["a lone surrogate", `${root}/\ud800/../../outside/secret`],
    ["a zero-width joiner in ..", `${root}/.\u200d./outside/secret`],
    ["the root in capitals", `${root.toUpperCase()}/../outside/secret`],
    ["a home directory", "~/../../etc/passwd"],
    ["a home directory below the root", `${root}/~root/secret`],
    ["a file URL", `file://${outside}/secret`],
    ["a variable", `${root}/$PWD/secret`],
    ["a path of 5000 bytes", `${root}/${"a/".repeat(2500)}../../outside/secret`],
    ["a name of 300 bytes", `${root}/${"a".repeat(300)}`],
    ["an empty path", ""],
    ["an absolute link", `${root}/absolute`],
    ["a relative link", `${root}/relative`],
    ["a link further down", `${root}/dir/deeper`],
    ["a link to a folder", `${root}/folder-absolute/secret`],
    ["a relative link to a folder", `${root}/folder-relative/secret`],
    ["a link to a folder, further down", `${root}/folder-relative/folder/inner`],
    ["a link to the root's parent", `${root}/parent/outside/secret`],
    ["a link with a detour", `${root}/detour`],
    ["a link with dots", `${root}/dots`],
    ["a chain of links", `${root}/chain2`],
    [".. by a link that stays inside", `${root}/by-dirlink`],
    ["a link to itself", `${root}/loop`],
    ["two links to each other", `${root}/ping`],
    ["a link to /", `${root}/slash${outside}/secret`],
    ["a link to the process's root", `${root}/proc-root${outside}/secret`],
    ["a link to the process's descriptors", `${root}/proc-fd/0`],
    ["a link to the process's environment", `${root}/environ`],
    ["a link to the process's folder", `${root}/cwd/package.json`],
    ["/proc itself", "/proc/self/environ"],
    ["/dev/fd", "/dev/fd/0"],
    ["an absolute link to inside", `${root}/absolute-inside/file`],
    ["a hard link", `${root}/hard`],
    ["a pipe", `${root}/pipe`],
    ["a device behind a link", `${root}/zero`],
    ["a link to what is not there", `${root}/dangling`],
    ["a folder", `${root}/dir`],
    ["a file as a folder", `${root}/file/x`],
  ].map(([what = "", path = ""]) => reading(what, path));
}

/** All tries: every way in with a tool that reads, and those of the other tools. */
export function escapes(folders: Folders): Escape[] {
  const { read, write, outside } = folders;
  const edits = [{ oldText: SECRET, newText: "changed" }];
  const on = (what: string, tool: string, args: Record<string, unknown>): Escape => ({ what, tool, args });
  const shows = (what: string, tool: string, args: Record<string, unknown>): Escape => ({
    ...on(what, tool, args),
    harmless: true,
  });
  return [
    ...reads(read, folders),
    ...["absolute", "folder-relative/secret", "hard"].map((path) =>
      on(`the bytes of ${path}`, "read_media_file", { path: join(read, path) }),
    ),
    shows("several files", "read_multiple_files", {
      paths: [`${read}/relative`, `${outside}/secret`, `${read}/hard`],
    }),
    on("the first line", "read_text_file", { path: `${read}/relative`, head: 1 }),
    on("the last line", "read_text_file", { path: `${read}/hard`, tail: 1 }),
    on("a listing by a link", "list_directory", { path: `${read}/folder-absolute` }),
    on("a listing of the parent", "list_directory", { path: `${read}/parent` }),
    on("a listing with sizes by a link", "list_directory_with_sizes", { path: `${read}/folder-relative` }),
    shows("sizes of what links lead to", "list_directory_with_sizes", { path: read }),
    on("a tree by a link", "directory_tree", { path: `${read}/folder-absolute` }),
    shows("a tree with links in it", "directory_tree", { path: read }),
    on("a search by a link", "search_files", { path: `${read}/slash`, pattern: "**/secret" }),
    shows("a search over links", "search_files", { path: read, pattern: "**/{secret,inner}" }),
    shows("a search whose pattern climbs", "search_files", { path: read, pattern: "../outside/*" }),
    on("what is known of a link's target", "get_file_info", { path: `${read}/absolute` }),
    on("what is known of the outside", "get_file_info", { path: `${read}/../outside/secret` }),
    on("writing outside", "write_file", { path: `${outside}/secret`, content: "changed" }),
    on("writing by ..", "write_file", { path: `${write}/../outside/new`, content: "changed" }),
    on("writing by a link", "write_file", { path: `${write}/relative`, content: "changed" }),
    on("writing by a link to a folder", "write_file", {
      path: `${write}/folder-absolute/new`,
      content: "changed",
    }),
    on("writing by a link to what is not there", "write_file", {
      path: `${write}/dangling`,
      content: "changed",
    }),
    on("writing into a pipe", "write_file", { path: `${write}/pipe`, content: "changed" }),
    on("writing a device", "write_file", { path: `${write}/zero`, content: "changed" }),
    on("writing the root", "write_file", { path: write, content: "changed" }),
    shows("writing a hard link", "write_file", { path: `${write}/hard`, content: "changed" }),
    on("editing by a link", "edit_file", { path: `${write}/relative`, edits }),
    on("editing, shown only", "edit_file", { path: `${write}/chain`, edits, dryRun: true }),
    on("a folder outside", "create_directory", { path: `${outside}/new` }),
    on("a folder by a link", "create_directory", { path: `${write}/folder-relative/new/deep` }),
    on("a folder by a dangling link", "create_directory", { path: `${write}/dangling/new` }),
    on("moving to the outside", "move_file", { source: `${write}/file`, destination: `${outside}/file` }),
    on("moving by a link", "move_file", {
      source: `${write}/file`,
      destination: `${write}/folder-absolute/file`,
    }),
    on("moving from the outside", "move_file", { source: `${outside}/secret`, destination: `${write}/got` }),
    on("moving out of a link", "move_file", {
      source: `${write}/folder-relative/secret`,
      destination: `${write}/got`,
    }),
    on("moving the root", "move_file", { source: write, destination: `${write}/dir/root` }),
    on("moving to the root", "move_file", { source: `${write}/file`, destination: `${write}/dir/..` }),
    on("moving what may only be read", "move_file", { source: `${read}/file`, destination: `${write}/got` }),
  ];
}

/**
 * A program in Perl, as Node can't call `renameat2`: it has two paths change places in one step, again and again, and
 * says when it has begun. The call's number is the machine's.
 */
const RENAMEAT2 = process.arch === "arm64" ? 276 : 316;
export const SWAPPER = `
my ($one, $other) = @ARGV;
$| = 1;
print "swapping";
while (1) { syscall(${RENAMEAT2}, -100, $one, -100, $other, 2) == 0 or die "no swap: $!"; }
`;

/** A folder and a file, and the links to the outside that take turns with them. */
export function prepareRaces({ write, outside }: Folders): void {
  mkdirSync(join(write, "turn"));
  writeFileSync(join(write, "turn", "secret"), "inside");
  symlinkSync("../outside", join(write, "other"));
  symlinkSync(join(outside, "secret"), join(write, "other-file"));
  writeFileSync(join(write, "turn-file"), "inside");
}
