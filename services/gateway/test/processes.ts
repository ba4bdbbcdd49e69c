import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled } from "../../host/test/bundle";
import { freePorts } from "../../../test/engine/support/ports";

/** A gateway in a process of its own. */
export interface GatewayProcess {
  port: number;
  url: (path?: string) => string;
  /** What it has logged so far. */
  log: () => string;
  /** Ends it without a chance to do anything. */
  kill(): Promise<void>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
  /** Writes another configuration where it reads it. */
  configure(settings: Record<string, unknown>): void;
}

const main = join(__dirname, "..", "src", "main.ts");

/** So many replicas of one gateway, which know each other. */
export async function gatewayReplicas(
  count: number,
  servers: Record<string, unknown>,
  settings: Record<string, unknown> = {},
): Promise<GatewayProcess[]> {
  const ports = await freePorts(count);
  const peers = ports.map((port) => `http://127.0.0.1:${port}`);
  const sessionKeys = ["a key that is only for the tests, of 48 characters"];
  return Promise.all(
    ports.map((port) =>
      gatewayProcess({ host: "127.0.0.1", port, drainSeconds: 1, peers, sessionKeys, servers, ...settings }),
    ),
  );
}

/** Starts a gateway, with these variables in its environment; resolves when it serves. */
export async function gatewayProcess(
  settings: Record<string, unknown>,
  environment: Record<string, string> = {},
): Promise<GatewayProcess> {
  const file = join(mkdtempSync(join(tmpdir(), "gateway-process-")), "gateway.json");
  writeFileSync(file, JSON.stringify(settings));
  const child = spawn(process.execPath, [bundled(main)], {
    env: { PATH: process.env.PATH, MCP_GATEWAY_CONFIG: file, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const port = await portOf(child, said);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const end = (signal: NodeJS.Signals) => async () => {
    child.kill(signal);
    await ended;
  };
  return {
    port,
    log: () => said.join(""),
    url: (path = "/mcp") => `http://127.0.0.1:${port}${path}`,
    kill: end("SIGKILL"),
    stop: end("SIGTERM"),
    configure: (others) => writeFileSync(file, JSON.stringify(others)),
  };
}

/** Keeps what a gateway says, and finds in it where it serves. */
function portOf(child: ChildProcess, said: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said.push(chunk.toString());
      const port = /"message":"serving".*?"port":(\d+)/.exec(said.join(""))?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout!.on("data", hear);
    child.stderr!.on("data", hear);
    child.once("exit", (code) => reject(new Error(`The gateway ended with code ${code}:\n${said.join("")}`)));
  });
}

/** Sends each request to the next gateway, as a balancer does that knows nothing of sessions. */
export function roundRobin(gateways: readonly { port: number }[]): typeof fetch {
  let turn = 0;
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    url.port = String(gateways[(turn += 1) % gateways.length]!.port);
    return fetch(url, init);
  };
}
