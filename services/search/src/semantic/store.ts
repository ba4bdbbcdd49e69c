import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import type { Chunk } from "./chunks";
import { DIMENSIONS } from "./model";

/** What the tables hold and how; an index of another format is made anew. */
const FORMAT = "1 all-MiniLM-L6-v2 int8 lines";

/** Its package's own way to find it can't be bundled. */
const EXTENSION = require.resolve(`sqlite-vec-${process.platform}-${process.arch}/vec0.so`);

/** What of a number fits into a byte: those of a vector with 384 of them, and length 1, are hardly ever larger. */
const RANGE = 0.3;

/** A place in a file, and how near it is to what was asked: 1 is the same, 0 has nothing to do with it. */
export interface Near {
  path: string;
  first: number;
  last: number;
  score: number;
}

/** A chunk with the vector that the model gave for it; without one, the file has it already. */
export type Embedded = Chunk & { vector?: Float32Array };

/**
 * The vectors of all files, in SQLite with sqlite-vec: an exact search over vectors of one byte a number, in milliseconds for as
 * many as the settings allow.
 */
export class VectorStore {
  private readonly db: Database.Database;

  /** @param folder where it is kept; without one, in memory. */
  constructor(folder: string | undefined) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    const file = folder === undefined ? ":memory:" : join(folder, "index.db");
    this.db = opened(file) ?? this.remade(file);
  }

  /** Files by their paths, with what tells whether they have changed. */
  files(): Map<string, string> {
    const rows = this.db.prepare("SELECT path, stamp FROM files").all() as { path: string; stamp: string }[];
    return new Map(rows.map(({ path, stamp }) => [path, stamp]));
  }

  count(): number {
    return (this.db.prepare("SELECT count(*) AS n FROM chunks").get() as { n: number }).n;
  }

  /** The hashes of the chunks that a file has. */
  hashes(path: string): Set<string> {
    const rows = this.db
      .prepare("SELECT hash FROM chunks JOIN files ON files.id = chunks.file WHERE path = ?")
      .all(path) as { hash: string }[];
    return new Set(rows.map(({ hash }) => hash));
  }

  /** Takes a file's chunks over: those that it had keep their vectors, the others have one, and what is not named goes. */
  replace(path: string, stamp: string, chunks: readonly Embedded[]): void {
    this.together(() => {
      this.db
        .prepare(
          "INSERT INTO files (path, stamp) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET stamp = excluded.stamp",
        )
        .run(path, stamp);
      const { id: file } = this.db.prepare("SELECT id FROM files WHERE path = ?").get(path) as { id: number };
      const had = new Map<string, number[]>();
      for (const { id, hash } of this.db.prepare("SELECT id, hash FROM chunks WHERE file = ?").all(file) as {
        id: number;
        hash: string;
      }[])
        had.set(hash, [...(had.get(hash) ?? []), id]);
      const insert = this.db.prepare("INSERT INTO chunks (file, first, last, hash) VALUES (?, ?, ?, ?)");
      const move = this.db.prepare("UPDATE chunks SET first = ?, last = ? WHERE id = ?");
      const vector = this.db.prepare("INSERT INTO vectors (rowid, embedding) VALUES (?, vec_int8(?))");
      for (const chunk of chunks) {
        const kept = had.get(chunk.hash)?.shift();
        if (kept !== undefined) {
          move.run(chunk.first, chunk.last, kept);
        } else if (chunk.vector) {
          const { lastInsertRowid } = insert.run(file, chunk.first, chunk.last, chunk.hash);
          vector.run(BigInt(lastInsertRowid), bytes(chunk.vector));
        }
      }
      for (const id of [...had.values()].flat()) this.forget(id);
    });
  }

  /** Forgets files that are gone. */
  remove(paths: readonly string[]): void {
    this.together(() => {
      const chunks = this.db.prepare(
        "SELECT chunks.id FROM chunks JOIN files ON files.id = chunks.file WHERE path = ?",
      );
      const file = this.db.prepare("DELETE FROM files WHERE path = ?");
      for (const path of paths) {
        for (const { id } of chunks.all(path) as { id: number }[]) this.forget(id);
        file.run(path);
      }
    });
  }

  /**
   * What is nearest to a vector, the nearest first.
   * @param folder only files below it, an absolute path.
   */
  nearest(vector: Float32Array, most: number, folder: string): Near[] {
    const rows = this.db
      .prepare(
        `SELECT path, first, last, distance FROM vectors
           JOIN chunks ON chunks.id = vectors.rowid JOIN files ON files.id = chunks.file
          WHERE embedding MATCH vec_int8(?) AND k = ?
            AND vectors.rowid IN (SELECT chunks.id FROM chunks JOIN files ON files.id = chunks.file
                                   WHERE substr(path, 1, length(?)) = ?)
          ORDER BY distance, path, first`,
      )
      .all(bytes(vector), most, `${folder}/`, `${folder}/`) as (Omit<Near, "score"> & { distance: number })[];
    return rows.map(({ distance, path, first, last }) => ({ path, first, last, score: 1 - distance }));
  }

  close(): void {
    this.db.close();
  }

  private forget(id: number): void {
    this.db.prepare("DELETE FROM vectors WHERE rowid = ?").run(BigInt(id));
    this.db.prepare("DELETE FROM chunks WHERE id = ?").run(id);
  }

  private together(work: () => void): void {
    this.db.transaction(work)();
  }

  /** Everything in it can be made again from the files. */
  private remade(file: string): Database.Database {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    const db = new Database(file);
    db.loadExtension(EXTENSION);
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE meta (format TEXT NOT NULL);
      CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL);
      CREATE TABLE chunks (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
                           hash TEXT NOT NULL);
      CREATE INDEX chunks_of_file ON chunks (file);
      CREATE VIRTUAL TABLE vectors USING vec0 (embedding int8[${DIMENSIONS}] distance_metric=cosine);
    `);
    db.prepare("INSERT INTO meta VALUES (?)").run(FORMAT);
    return db;
  }
}

/** The index that is there, if it is one of this format and whole. */
function opened(file: string): Database.Database | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(file);
    db.loadExtension(EXTENSION);
    const { format } = db.prepare("SELECT format FROM meta").get() as { format: string };
    const { quick_check: whole } = db.prepare("PRAGMA quick_check").get() as { quick_check: string };
    if (format === FORMAT && whole === "ok") return db;
  } catch {
    // none is there, or it is broken
  }
  db?.close();
  return undefined;
}

/** Each number as a byte; what is compared is the angle, which the scale does not change. */
function bytes(vector: Float32Array): Buffer {
  return Buffer.from(Int8Array.from(vector, (x) => Math.round(Math.max(-1, Math.min(1, x / RANGE)) * 127)));
}
