import { AccessError } from "./confined/errors";
import type { Root } from "./confined/root";
import { walk } from "./confined/walk";

/** How much may be below a writable root. */
export interface Allowance {
  bytes: number;
  /** Files, folders and links. */
  files: number;
}

/** How long a measurement is good for, in milliseconds: others may write below the root as well. */
const FRESH = 30_000;
/** Beyond it, a root is full whatever the setting says, as measuring would take too long. */
const MOST_ENTRIES = 2_000_000;

/**
 * What is below a writable root, against what may be. It is asked before each write, while no other write runs; what
 * others change is seen when it is measured again.
 */
export class Quota {
  private used: Allowance = { bytes: 0, files: 0 };
  private measured = -Infinity;

  constructor(
    private readonly root: Root,
    readonly allowed: Allowance,
  ) {}

  /** What is below the root, as far as it is known. */
  get usage(): Readonly<Allowance> {
    return this.used;
  }

  /**
   * Makes sure that there is room.
   * @throws AccessError where there is none, saying how much there is.
   */
  async reserve(more: Allowance): Promise<void> {
    if (performance.now() - this.measured > FRESH) await this.measure();
    if (this.fits(more)) return;
    await this.measure(); // something may have been deleted
    if (this.fits(more)) return;
    const { bytes, files } = this.used;
    throw new AccessError(
      `The quota of ${this.root.path} does not allow it: ${bytes} of ${this.allowed.bytes} bytes and ${files} of ` +
        `${this.allowed.files} files are used, and this takes ${more.bytes} bytes and ${more.files} files more`,
    );
  }

  /** Counts what was written or deleted. */
  add(more: Allowance): void {
    this.used = { bytes: this.used.bytes + more.bytes, files: this.used.files + more.files };
  }

  /** Looks at all that is there. */
  async measure(): Promise<void> {
    const used: Allowance = { bytes: 0, files: 0 };
    const everything = { root: this.root, writable: true, parts: [], shown: this.root.path };
    await walk(everything, { entries: MOST_ENTRIES }, (_, { size, kind }) => {
      used.files += 1;
      if (kind === "file") used.bytes += size;
      return true;
    });
    this.used = used;
    this.measured = performance.now();
  }

  private fits({ bytes, files }: Allowance): boolean {
    // What takes nothing more is allowed in a root that is too full already, so that it can be mended.
    return (
      (bytes <= 0 || this.used.bytes + bytes <= this.allowed.bytes) &&
      (files <= 0 || this.used.files + files <= this.allowed.files)
    );
  }
}
