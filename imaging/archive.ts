import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { docker } from "../engine/docker";
import { cacheFolder, withScratch } from "./cache";
import { takeFromSource } from "./cache-source";
import { imageId } from "./engine-image";
import type { Log } from "./types";

/** How many contents of one image are kept. */
const archivesPerImage = 4;

/** What is noted beside an archive. It is written last: an archive without it is not there. */
interface Note {
  id: string;
  size: number;
  sha256: string;
}

/** Keeps an image of the engine as an archive in the cache, so that it is there again when the engine has lost it. */
export async function saveArchive(name: string, image: string): Promise<void> {
  const id = await imageId(image);
  if (id === undefined) throw new Error(`the image ${image} has gone while it was to be kept`);
  await withScratch(async (scratch) => {
    const file = path.join(scratch, "image.tar");
    await docker(["image", "save", "--output", file, id]); // by ID: what is loaded again has no name
    const note: Note = { id, size: fs.statSync(file).size, sha256: await hashOf(file) };
    fs.renameSync(file, archiveFile(name));
    writeNote(name, note);
  });
  trim(name);
}

/** Whether an archive of that name is kept. Says nothing about its bytes. */
export function hasArchive(name: string): boolean {
  return fs.existsSync(noteFileOf(name)) && fs.existsSync(archiveFile(name));
}

/** An archive's files in the cache: the note last, as an archive without it is not there. */
export function filesOf(name: string): string[] {
  return [`${name}.tar`, `${name}.json`];
}

/** An archive's name in a source of cache entries: what was pulled is another image on another processor. */
export function inSource(name: string): string {
  return `${name}-${process.arch}`;
}

/** Takes an archive into the cache from where `MCP_CACHE_SOURCE` says, if that has it. For who holds the image's lock. */
export function takeArchive(name: string, log: Log): Promise<boolean> {
  return takeFromSource("images", inSource(name), filesOf(name), log);
}

/** The ID the image had when it was kept, if it was. */
export function archivedId(name: string): string | undefined {
  return readNote(name)?.id;
}

/**
 * Loads an archive into the engine.
 * @returns the image's ID, or undefined where there is no such archive or it is damaged; it is removed then.
 */
export async function loadArchive(
  name: string,
  onDamage: (why: string) => void,
): Promise<string | undefined> {
  if (!hasArchive(name)) return undefined;
  try {
    const note = readNote(name);
    if (!note) throw new Error("its note cannot be read");
    const file = archiveFile(name);
    const size = fs.statSync(file).size;
    if (size !== note.size) throw new Error(`it has ${size} bytes instead of ${note.size}`);
    if ((await hashOf(file)) !== note.sha256) throw new Error("its checksum is wrong");
    const output = await docker(["image", "load", "--quiet", "--input", file]);
    const loaded = /Loaded image(?: ID)?: (\S+)/.exec(output)?.[1];
    const id = (loaded && (await imageId(loaded))) ?? (await imageId(note.id));
    if (id === undefined) throw new Error("the engine does not have the image it holds after loading it");
    if (id !== note.id) writeNote(name, { ...note, id }); // another kind of image store names images otherwise
    const now = new Date();
    fs.utimesSync(file, now, now);
    return id;
  } catch (error) {
    onDamage((error as Error).message);
    dropArchive(name);
    return undefined;
  }
}

/** Removes an archive; the note first, so that a half removed one counts as gone. */
export function dropArchive(name: string): void {
  fs.rmSync(noteFileOf(name), { force: true });
  fs.rmSync(archiveFile(name), { force: true });
}

function archiveFile(name: string): string {
  return path.join(cacheFolder("images"), `${name}.tar`);
}

function noteFileOf(name: string): string {
  return path.join(cacheFolder("images"), `${name}.json`);
}

function readNote(name: string): Note | undefined {
  try {
    return JSON.parse(fs.readFileSync(noteFileOf(name), "utf8")) as Note;
  } catch {
    return undefined;
  }
}

function writeNote(name: string, note: Note): void {
  const file = `${noteFileOf(name)}.${process.pid}`;
  fs.writeFileSync(file, `${JSON.stringify(note, null, 2)}\n`);
  fs.renameSync(file, noteFileOf(name));
}

/** Removes the archives of an image's former contents but for the few used last: another checkout may want them. */
function trim(name: string): void {
  const image = name.slice(0, name.lastIndexOf("-"));
  const pattern = /^(.+)-[0-9a-f]{16}\.tar$/;
  const folder = cacheFolder("images");
  const ages = fs
    .readdirSync(folder)
    .filter((file) => pattern.exec(file)?.[1] === image)
    .map((file) => ({ name: file.replace(/\.tar$/, ""), used: fs.statSync(path.join(folder, file)).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const old of ages.slice(archivesPerImage)) dropArchive(old.name);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
