import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { projectRoot } from "../imaging/cache";
import { Calls } from "../services/host/calls";
import { hostSettings } from "../services/host/environment";
import { healthReporter } from "../services/host/health";
import { serveHttp } from "../services/host/http";
import { createLogger } from "../services/host/log";
import { measured } from "../services/host/metrics";
import { openService } from "../services/search/src/service";
import type { BenchOptions } from "./options";
import { benchSearchMeaning } from "./search-meaning";
import { percentile, report, timed } from "./statistics";
import type { Row } from "./table";

const run = promisify(execFile);

/** What is looked for: a rare text, a frequent one with its globs, and a regular expression. */
const queries = [
  { what: "a rare text", pattern: "createMcpHandler", globs: [] },
  { what: "a text in one kind of files", pattern: "function resolve", globs: ["*.js"] },
  { what: "a regular expression", pattern: String.raw`class \w+Transport\b.*\{`, globs: ["*.mjs"] },
];

/** What the server asks of ripgrep as well: which files are searched, and by how many threads. */
const same = [
  "--threads=2",
  "--max-filesize=10240K",
  "--no-ignore-parent",
  "--no-ignore-global",
  "--no-require-git",
];

/** The search server's calls on the project's own packages, against ripgrep alone with the same files and limits, and search by meaning. */
export async function benchSearch({ rounds }: BenchOptions): Promise<Row[]> {
  const folder = join(projectRoot, "node_modules");
  const program = require.resolve(`@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg`);
  const { client, close } = await searchServer(folder, program);
  const rows: Row[] = [];
  try {
    for (const { what, pattern, globs } of queries) {
      const ask = async () => {
        const args = { pattern, globs, limit: 10_000 };
        const { structuredContent } = await client.callTool({ name: "search_code", arguments: args });
        return (structuredContent as { matches: number }).matches;
      };
      const options = [...same, ...globs.map((glob) => `--glob=${glob}`)];
      const alone = async () => {
        const { stdout } = await run(program, ["--json", ...options, "-e", pattern, "."], {
          cwd: folder,
          maxBuffer: 2 ** 30,
        });
        return stdout.split("\n").filter((line) => line.startsWith('{"type":"match"')).length;
      };
      // The first of each fills the page cache, and both have to find the same.
      const [ours, theirs] = [await ask(), await alone()];
      if (ours !== theirs)
        throw new Error(`${what}: ${ours} lines were found, and ${theirs} by ripgrep alone`);
      const times = { ours: [] as number[], theirs: [] as number[] };
      for (let round = 0; round < rounds * 5; round += 1) {
        times.ours.push(await timed(ask));
        times.theirs.push(await timed(alone));
      }
      console.log(report(`${what}, ${ours} lines, a call`, times.ours));
      console.log(report(`${what}, ${ours} lines, ripgrep`, times.theirs));
      rows.push({
        what: `code search: ${what}`,
        ours: percentile(times.ours, 0.5),
        peer: { name: "ripgrep", time: percentile(times.theirs, 0.5) },
        goal: { ratio: 1.3 },
      });
    }
  } finally {
    await close();
  }
  rows.push(...(await benchSearchMeaning(1000)));
  return rows;
}

async function searchServer(folder: string, program: string) {
  const environment = {
    SEARCH_ROOTS: folder,
    SEARCH_RIPGREP: program,
    SEARCH_MATCHES: "10000",
    SEARCH_RESULT_KB: "65536",
  };
  const log = createLogger("error");
  const service = await openService(environment, "0.0.0");
  const { createServer, registry } = await measured(service, log);
  const http = await serveHttp({
    createServer,
    calls: new Calls(),
    report: healthReporter(service.checks),
    metrics: registry,
    settings: hostSettings.parse({ MCP_PORT: "0", MCP_HOST: "127.0.0.1" }),
    log,
  });
  const client = new Client(
    { name: "bench", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${http.port}/mcp`)));
  return {
    client,
    close: async () => {
      await client.close();
      await http.close();
      await service.close();
    },
  };
}
