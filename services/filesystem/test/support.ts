import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Served, served } from "../../host/test/serving";
import { openService } from "../src/service";

/** Folders for a test: two that a server is given, and one beside them that is nobody's business. */
export class Folders {
  readonly all = realpathSync(mkdtempSync(join(tmpdir(), "filesystem-")));
  readonly read = this.make("read");
  readonly write = this.make("write");
  readonly outside = this.make("outside");

  private make(name: string): string {
    const path = join(this.all, name);
    mkdirSync(path);
    return path;
  }

  /** Serves the two folders. */
  async serve(environment: Record<string, string> = {}): Promise<Served> {
    const roots = { FILESYSTEM_READ_ROOTS: this.read, FILESYSTEM_WRITE_ROOTS: this.write };
    return served(await openService({ ...roots, ...environment }, "0.0.0"));
  }

  remove(): void {
    rmSync(this.all, { recursive: true, force: true });
  }
}
