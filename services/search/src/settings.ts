import { z } from "zod";
import { readEnvironment, wholeNumber } from "../../host/environment";
import { folderList } from "../../host/folders";

const schema = z.object({
  /** Folders that are searched, absolute, comma-separated. */
  SEARCH_ROOTS: folderList("that are to be searched"),
  /** Longest time of a search, in seconds; what was found until then is given. */
  SEARCH_TIMEOUT_SECONDS: wholeNumber(1, 600).prefault("20"),
  /** Most lines that a search gives. */
  SEARCH_MATCHES: wholeNumber(1, 10_000).prefault("1000"),
  /** The most that a search's lines hold together, in KiB. */
  SEARCH_RESULT_KB: wholeNumber(16, 65_536).prefault("1024"),
  /** Larger files are left out, in KiB. */
  SEARCH_FILE_KB: wholeNumber(1, 10_000_000).prefault("10240"),
  /** How many searches run at once; further ones wait. */
  SEARCH_CONCURRENCY: wholeNumber(1, 64).prefault("2"),
  /** Threads of one search. */
  SEARCH_THREADS: wholeNumber(1, 64).prefault("2"),
  /** The program ripgrep. */
  SEARCH_RIPGREP: z.string().min(1).prefault("rg"),
  /** Folder of the model that search by meaning needs, with `model.onnx` and `tokenizer.json`; without it there is none. */
  SEARCH_MODEL: z.string().min(1).optional(),
  /** Folder that the index is kept in, so that it is not made anew after a restart; without it, in memory. */
  SEARCH_INDEX: z.string().min(1).optional(),
  /** Most parts of files that the index holds; each takes about one KiB. */
  SEARCH_INDEX_CHUNKS: wholeNumber(1, 1_000_000).prefault("100000"),
  /** Larger files are left out of the index, in KiB. */
  SEARCH_INDEX_FILE_KB: wholeNumber(1, 10_240).prefault("512"),
  /** How often the index looks for changed files, in seconds. */
  SEARCH_INDEX_SECONDS: wholeNumber(1, 86_400).prefault("10"),
  /** Threads that the model computes with. */
  SEARCH_MODEL_THREADS: wholeNumber(1, 64).prefault("1"),
});

/** What is searched and what a search may cost, as the rest of the program uses it. */
export interface Settings {
  roots: string[];
  concurrency: number;
  ripgrep: RipgrepSettings;
  /** Absent where there is no search by meaning. */
  semantic?: SemanticSettings;
}

/** What search by meaning works with, and may cost. */
export interface SemanticSettings {
  model: string;
  threads: number;
  folder: string | undefined;
  chunks: number;
  fileBytes: number;
  rescanMilliseconds: number;
}

/** How ripgrep is run. */
export interface RipgrepSettings {
  program: string;
  threads: number;
  milliseconds: number;
  matches: number;
  bytes: number;
  fileKilobytes: number;
}

/** Reads the settings from the environment; throws an `EnvironmentError` that names what is missing or wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = readEnvironment(schema, environment);
  return {
    roots: read.SEARCH_ROOTS,
    concurrency: read.SEARCH_CONCURRENCY,
    ripgrep: {
      program: read.SEARCH_RIPGREP,
      threads: read.SEARCH_THREADS,
      milliseconds: read.SEARCH_TIMEOUT_SECONDS * 1000,
      matches: read.SEARCH_MATCHES,
      bytes: read.SEARCH_RESULT_KB * 1024,
      fileKilobytes: read.SEARCH_FILE_KB,
    },
    ...(read.SEARCH_MODEL === undefined
      ? {}
      : {
          semantic: {
            model: read.SEARCH_MODEL,
            threads: read.SEARCH_MODEL_THREADS,
            folder: read.SEARCH_INDEX,
            chunks: read.SEARCH_INDEX_CHUNKS,
            fileBytes: read.SEARCH_INDEX_FILE_KB * 1024,
            rescanMilliseconds: read.SEARCH_INDEX_SECONDS * 1000,
          },
        }),
  };
}
