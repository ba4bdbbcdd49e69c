import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { EngineError, streamFromEngine } from "./api";

/** A file or a folder of a container. */
export interface FoundFile {
  /** A file's text; a folder has none. */
  text?: string;
  /** The permissions: `0644`. */
  mode: string;
  /** `UID:GID`. */
  owner: string;
}

/** All files and folders in a folder of a container, running or not, by their paths within it; the folder itself is `.`. */
export function readFolder(container: string, path: string): Promise<Record<string, FoundFile>> {
  return readArchive(container, `${path}/.`);
}

/** How the engine says that a container has no such file. */
const missingFile = /could not find the file|no such file/i;

/** The text of a file of a container, running or not; undefined where it has none there. A link is none. */
export async function readContainerFile(container: string, path: string): Promise<string | undefined> {
  try {
    const [found] = Object.values(await readArchive(container, path));
    return found?.text;
  } catch (error) {
    if (error instanceof EngineError && missingFile.test(error.said)) return undefined;
    throw error;
  }
}

async function readArchive(container: string, path: string): Promise<Record<string, FoundFile>> {
  const files: Record<string, FoundFile> = {};
  const archive = extract().on("entry", ({ name, type, mode, uid, gid }, content, next) => {
    void text(content).then((read) => {
      const found = {
        mode: ((mode ?? 0) & 0o7777).toString(8).padStart(4, "0"),
        owner: `${uid ?? 0}:${gid ?? 0}`,
      };
      const within = name.replace(/^\.\//, "").replace(/\/$/, "") || ".";
      if (type === "file") files[within] = { ...found, text: read };
      if (type === "directory") files[within] = found;
      next();
    }, next);
  });
  const answer = await streamFromEngine(`/containers/${container}/archive?path=${encodeURIComponent(path)}`);
  await pipeline(answer, archive);
  return files;
}

/** Gives work an empty folder that nobody else can read, and removes it afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
