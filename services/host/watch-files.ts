import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";

/**
 * Watches files until it is stopped. It looks again and again, as file events neither follow a link that is swapped,
 * as mounted configurations are, nor reach every kind of mount. What changes after this function has returned is seen: whoever reads
 * the files reads them after that.
 * @param files names them, anew for each look, as a configuration may name others.
 * @param changed is called once a change has settled for one look, so that nobody reads half a file.
 * @returns stops it.
 */
export function watchFiles(files: () => readonly string[], everyMs: number, changed: () => void): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let known = files().map(firstMarkOf).join("\n");
  let seen = known;
  const look = async (): Promise<void> => {
    const now = (await Promise.all(files().map(markOf))).join("\n");
    if (now !== known && now === seen) {
      known = now;
      changed();
    }
    seen = now;
    if (!stopped) timer = setTimeout(() => void look(), everyMs).unref();
  };
  void look();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** What is another one as soon as the file behind the name is, whatever links lead to it. */
async function markOf(file: string): Promise<string> {
  try {
    return markIn(file, await stat(file, { bigint: true }));
  } catch (error) {
    return unreadable(file, error);
  }
}

function firstMarkOf(file: string): string {
  try {
    return markIn(file, statSync(file, { bigint: true }));
  } catch (error) {
    return unreadable(file, error);
  }
}

function markIn(file: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [file, dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function unreadable(file: string, error: unknown): string {
  return `${file} ${(error as NodeJS.ErrnoException).code ?? "unreadable"}`;
}
