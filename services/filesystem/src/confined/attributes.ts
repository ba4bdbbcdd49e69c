import { spawn } from "node:child_process";
import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** The bits that let a program run as its owner or group: the kernel takes them at each write, and so does this server. */
const SET_ID = 0o6000;

/** What a file could be given of another's. */
export interface Inherited {
  /** It has all of it. */
  complete: boolean;
  /** Why access lists and extended attributes could not be copied, where the other one may have some. */
  problem: string | undefined;
}

/** Gives a new file the owner, group, mode, access lists and extended attributes of another, as far as the server may. */
export async function inherit(from: FileHandle, to: FileHandle): Promise<Inherited> {
  const problem = await copyAttributes(from, to);
  const stats = await from.stat();
  const wanted = { uid: stats.uid, gid: stats.gid, mode: stats.mode & ~SET_ID };
  if (octal((await to.stat()).mode) !== octal(wanted.mode)) await to.chmod(wanted.mode & 0o7777);
  return { complete: problem === undefined && lostOf(wanted, await to.stat()).length === 0, problem };
}

/** What of a file's owner, group and mode is other than it was, in words. */
export function lostOf(
  was: Pick<Stats, "uid" | "gid" | "mode">,
  is: Pick<Stats, "uid" | "gid" | "mode">,
): string[] {
  const differences: [string, string, string][] = [
    ["owner and group", `${was.uid}:${was.gid}`, `${is.uid}:${is.gid}`],
    ["mode", octal(was.mode), octal(is.mode)],
  ];
  return differences
    .filter(([, one, other]) => one !== other)
    .map(([what, one, other]) => `${what} (${one}, now ${other})`);
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/** Node has no call for access lists and extended attributes; `cp` of every Linux has, and is handed the open files. */
async function copyAttributes(from: FileHandle, to: FileHandle): Promise<string | undefined> {
  const args = ["--attributes-only", "--preserve=mode,ownership,xattr", "/proc/self/fd/3", "/proc/self/fd/4"];
  return new Promise((resolve) => {
    const cp = spawn("cp", args, {
      env: { PATH: process.env.PATH, LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe", from.fd, to.fd],
    });
    let said = "";
    cp.stderr!.on("data", (chunk: Buffer) => (said += chunk.toString()));
    cp.once("error", ({ message }) => resolve(message));
    cp.once("close", (code) => {
      // Its paths are those of descriptors, which are nothing to a client.
      if (code !== 0) resolve(said.trim().split("\n")[0]!.replace(/^.*: /, "") || `cp ended with ${code}`);
      else resolve(undefined);
    });
  });
}
