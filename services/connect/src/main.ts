import { readFileSync } from "node:fs";
import { LineTransport } from "../../host/line-transport";
import { bridge } from "./bridge";

/** Where the stack's topology says which servers there are: their addresses by name. */
const serversFile = process.env.MCP_SERVERS_FILE ?? "/etc/mcp/servers.json";

/** A restart of a server takes seconds, of the whole stack half a minute. */
const patienceMs = 30_000;

/** Longer than a call of the cluster's servers takes: a statement and a run of Python have a time limit of 10 s there. */
const answersMs = 60_000;

/** `mcp-connect NAME`: MCP on standard input and output, for a server of the cluster. */
async function main([name = "", ...rest]: string[]): Promise<number> {
  const servers = JSON.parse(readFileSync(serversFile, "utf8")) as Record<string, string>;
  const url = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (url === undefined || rest.length > 0) {
    process.stderr.write(
      `usage: mcp-connect NAME, where NAME is one of ${Object.keys(servers).join(", ")}\n`,
    );
    return 2;
  }
  const local = new LineTransport(process.stdin, process.stdout);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void local.close());
  const log = (line: string) => process.stderr.write(`mcp-connect: ${line}\n`);
  await bridge({ name, url: new URL(url), local, patienceMs, answersMs, log });
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`mcp-connect: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
