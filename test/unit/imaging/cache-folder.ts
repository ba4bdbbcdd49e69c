import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Gives every test of a file a cache of its own, gone afterwards. */
export function useOwnCache(): { folder: () => string } {
  let folder = "";
  const before = process.env["MCP_CACHE"];
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-cache-"));
    process.env["MCP_CACHE"] = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["MCP_CACHE"];
    else process.env["MCP_CACHE"] = before;
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return { folder: () => folder };
}

/** The number of a process that has ended. */
export const deadPid = 2 ** 22 + 1; // above the highest that Linux gives
