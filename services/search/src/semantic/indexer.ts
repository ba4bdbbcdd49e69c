import { posix } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { at } from "../../../filesystem/src/confined/descriptor";
import { AccessError } from "../../../filesystem/src/confined/errors";
import { readWhole, statOf } from "../../../filesystem/src/confined/files";
import type { Roots } from "../../../filesystem/src/confined/roots";
import { describeError, type Logger } from "../../../host/log";
import { Queue } from "../../../host/queue";
import { listFiles } from "../ripgrep";
import type { RipgrepSettings, SemanticSettings } from "../settings";
import { type Chunk, chunksOf } from "./chunks";
import type { Embedder } from "./model";
import type { Embedded, Near, VectorStore } from "./store";

/** Texts that the model reads at once: a question waits for one such batch at most. */
const BATCH = 2;
/** A look at all files takes at most this share of the time. */
const SHARE = 20;

/** How far the index is. */
export interface Progress {
  /** Files that are in the index as they are now, and all that are to be. */
  indexed: number;
  files: number;
  chunks: number;
  /** Texts that the model has read since the program began. */
  embedded: number;
  /** Whether everything is in the index, as of the last look at the files. */
  complete: boolean;
  /** Whether files are left out, as the index holds as much as it may. */
  full: boolean;
}

/**
 * Keeps an index of the files' meaning, and answers from it. It looks at all files again and again, as what changes in a
 * folder that is mounted from elsewhere is not told of, and reads again what has another size or time of change; only chunks
 * whose text is new are read by the model.
 */
export class SemanticIndex {
  private readonly turn = new Queue(1);
  private readonly stopped = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private progress: Progress = {
    indexed: 0,
    files: 0,
    chunks: 0,
    embedded: 0,
    complete: false,
    full: false,
  };

  constructor(
    private readonly roots: Roots,
    private readonly model: Embedder,
    private readonly store: VectorStore,
    private readonly settings: SemanticSettings,
    private readonly ripgrep: RipgrepSettings,
    private readonly log: Logger,
  ) {}

  get status(): Readonly<Progress> {
    return this.progress;
  }

  /** Follows the files until it is closed. */
  follow(): void {
    this.running = this.loop();
  }

  /** What is nearest in meaning to a text, below a folder. */
  async nearest(text: string, most: number, folder: string): Promise<Near[]> {
    const [vector] = await this.turn.run(() => this.model.embed([text]));
    return vector ? this.store.nearest(vector, most, folder) : [];
  }

  async close(): Promise<void> {
    this.stopped.abort();
    await this.running;
    await this.model.close();
    this.store.close();
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const begin = performance.now();
      try {
        await this.update();
      } catch (error) {
        if (!signal.aborted) this.log.warn("the index could not be updated", describeError(error));
      }
      const pause = Math.max(this.settings.rescanMilliseconds, (performance.now() - begin) / SHARE);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks at all files once, and brings the index up to what they hold. */
  private async update(): Promise<void> {
    const found = await this.look();
    const known = this.store.files();
    const gone = [...known.keys()].filter((path) => !found.has(path));
    if (gone.length > 0) this.store.remove(gone);
    const changed = [...found].filter(([path, stamp]) => known.get(path) !== stamp);
    const chunks = this.store.count();
    const indexed = found.size - changed.length;
    this.progress = { ...this.progress, files: found.size, indexed, chunks, full: false };
    this.progress.complete = changed.length === 0;
    for (const [path, stamp] of changed) {
      if (this.stopped.signal.aborted) return;
      const room = this.settings.chunks - this.progress.chunks;
      if (room <= 0) {
        this.progress.full = true;
        break;
      }
      await this.take(path, stamp, room);
      this.progress.indexed += 1;
      this.progress.chunks = this.store.count();
    }
    this.progress.complete = !this.progress.full;
  }

  /** The files as they are now: by their paths, with what changes when they do. */
  private async look(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const { signal } = this.stopped;
    for (const { root } of this.roots.list) {
      const paths = await root.at([], root.path, { follow: true }, async ({ entry }) =>
        entry ? listFiles(at(entry.handle), this.ripgrep, signal) : [],
      );
      for (const relative of paths.sort()) {
        signal.throwIfAborted();
        const path = posix.join(root.path, relative);
        try {
          const { size, mtimeMs, ino } = await statOf(this.roots.locate(path));
          if (size <= this.settings.fileBytes) found.set(path, `${size} ${mtimeMs} ${ino}`);
        } catch (error) {
          if (!(error instanceof AccessError)) throw error; // it went meanwhile, or is none to be read
        }
      }
    }
    return found;
  }

  private async take(path: string, stamp: string, room: number): Promise<void> {
    const chunks = await this.chunks(path, room);
    const had = this.store.hashes(path);
    const fresh = chunks.filter(({ hash }) => !had.has(hash));
    const vectors = new Map<string, Float32Array>();
    for (let begin = 0; begin < fresh.length; begin += BATCH) {
      this.stopped.signal.throwIfAborted();
      const batch = fresh.slice(begin, begin + BATCH);
      const embedded = await this.turn.run(() => this.model.embed(batch.map(({ text }) => text)));
      batch.forEach(({ hash }, index) => vectors.set(hash, embedded[index] as Float32Array));
      this.progress.embedded += batch.length;
    }
    const all = chunks.map((chunk): Embedded => {
      const vector = vectors.get(chunk.hash);
      return vector ? { ...chunk, vector } : chunk;
    });
    this.store.replace(path, stamp, all);
  }

  /** A file's chunks; none of what is no text, or can't be read. */
  private async chunks(path: string, room: number): Promise<Chunk[]> {
    try {
      const location = this.roots.locate(path);
      const content = await readWhole(location, { bytes: this.settings.fileBytes, hardLinks: true });
      return content.includes(0) ? [] : chunksOf(location.parts.join("/"), content.toString(), room);
    } catch (error) {
      if (error instanceof AccessError) return [];
      throw error;
    }
  }
}
