import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/client";
import type { ClientCapabilities, Progress } from "@modelcontextprotocol/server";
import { describeError, type Logger } from "../../host/log";
import { ProcessTransport } from "./process-transport";
import type { Command } from "./settings";

/** A process that runs and has answered `initialize`. */
export interface Hosted {
  client: Client;
  /** Who is told of a request's progress, by the token that the request carries. */
  progress: Map<string, (progress: Progress) => void>;
  /** Resolves when the process ended, whoever ended it. */
  gone: Promise<void>;
  /** Ends the process: by closing its input first, then by signals. */
  close: () => Promise<void>;
}

/**
 * Starts the command and initializes it, on behalf of a client that can do so much. What it writes to standard error is
 * logged line by line.
 * @throws where it can't be started or does not answer in time, with the last line that it wrote.
 */
export async function startHosted(
  command: Command,
  capabilities: ClientCapabilities,
  version: string,
  log: Logger,
): Promise<Hosted> {
  // The SDK's own handling loses progress that comes together with the result.
  const progress: Hosted["progress"] = new Map();
  const transport = new ProcessTransport(command, ({ progressToken, ...made }) =>
    progress.get(String(progressToken))?.(made as unknown as Progress),
  );
  let lastLine = "";
  const lines = createInterface({ input: transport.stderr, crlfDelay: Infinity });
  lines.on("line", (line) => {
    lastLine = line.slice(0, 2000);
    log.info("hosted server", { line: lastLine });
  });
  const client = new Client(
    { name: "mcp-host", version },
    { capabilities, versionNegotiation: { mode: "legacy" }, enforceStrictCapabilities: false },
  );
  client.onerror = (error) => log.debug("hosted server's message", describeError(error));
  const gone = new Promise<void>((resolve) => (client.onclose = resolve));
  try {
    await client.connect(transport, { timeout: command.startMilliseconds });
  } catch (error) {
    await transport.close().catch(() => undefined);
    const said = lastLine === "" ? "" : `; it wrote: ${lastLine}`;
    const why = `${describeError(error).error}${said}`;
    throw new Error(`${command.program} (HOSTED_COMMAND) did not start: ${why}`, { cause: error });
  }
  return { client, progress, gone, close: () => client.close() };
}
