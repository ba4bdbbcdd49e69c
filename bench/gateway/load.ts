import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "../../cli/process";
import { hasProgram } from "../../imaging/command";
import type { Request } from "./requests";

/** How requests are sent. */
export interface Load {
  /** Connections, each with one request at a time. */
  concurrent: number;
  seconds: number;
  /** Mean pause of a connection between two requests, in milliseconds; none where it is 0. */
  pauseMs?: number;
}

/** What became of them; times in milliseconds. */
export interface Outcome {
  requests: number;
  /** Requests in a second. */
  rate: number;
  p50: number;
  p99: number;
  /** Requests without an answer, or with one that says that something is wrong. */
  failed: number;
}

/** @throws Error where the load generator is missing. */
export function needLoadGenerator(): void {
  if (!hasProgram("wrk")) throw new Error("wrk is missing; on Debian: apt-get install wrk");
}

/**
 * Sends requests in turn with wrk: one thread in C that takes a few microseconds for a request, so that it leaves the
 * processor to what is measured.
 */
export async function load(
  requests: readonly Request[],
  { concurrent, seconds, pauseMs = 0 }: Load,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "bench-load-"));
  try {
    const file = join(folder, "requests");
    writeFileSync(file, requests.map((request) => `${rawRequest(request)}\0`).join(""));
    const options = [
      "-t1",
      `-c${concurrent}`,
      `-d${seconds}s`,
      "--timeout",
      "30s",
      "-s",
      join(__dirname, "load.lua"),
    ];
    const output = await outputOf("wrk", [...options, requests[0]!.url, "--", file, String(pauseMs)]);
    const line = output?.trim().split("\n").at(-1);
    if (!line?.startsWith("{")) throw new Error(`wrk failed:\n${output ?? ""}`);
    const said = JSON.parse(line) as {
      requests: number;
      microseconds: number;
      p50: number;
      p99: number;
      failed: number;
    };
    return {
      requests: said.requests,
      rate: said.requests / (said.microseconds / 1e6),
      p50: said.p50 / 1000,
      p99: said.p99 / 1000,
      failed: said.failed,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rawRequest({ url, headers, body }: Request): string {
  const { host, pathname } = new URL(url);
  const all = { host, ...headers, "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}
