import { readFileSync } from "node:fs";
import { get as getPlain, type IncomingMessage } from "node:http";
import { join } from "node:path";
import type { HealthReport } from "./health";

/** What the `health` subcommand found out. */
export interface HealthAnswer {
  ready: boolean;
  /** One line for a container's health log. */
  message: string;
}

/** How to ask, besides the port. */
interface Asking {
  /** The server's `MCP_TLS_FOLDER`, where it listens over TLS. */
  tlsFolder?: string;
  /** How long to wait for the answer, in milliseconds. */
  milliseconds?: number;
}

/** Asks the server that runs in the same container. It loads next to nothing, since it runs every few seconds. */
export async function askHealth(
  port: number,
  { tlsFolder, milliseconds = 4000 }: Asking = {},
): Promise<HealthAnswer> {
  const failed = (reason: string) => ({ ready: false, message: `no answer on port ${port}: ${reason}` });
  let get = getPlain;
  try {
    if (tlsFolder) get = await overTls(tlsFolder);
  } catch (error) {
    return failed((error as Error).message);
  }
  return new Promise((resolve) => {
    const none = (reason: string) => resolve(failed(reason));
    const options = { host: "127.0.0.1", port, path: "/health", agent: false } as const;
    const request = get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(judge(response.statusCode ?? 0, Buffer.concat(chunks).toString())));
      response.on("error", (error) => none(error.message));
    });
    request.setTimeout(milliseconds, () => request.destroy(new Error(`not within ${milliseconds} ms`)));
    request.on("error", (error) => none(error.message));
  });
}

type Get = typeof getPlain;

/** Asks over TLS, and only a server whose certificate is from the folder's authorities. */
async function overTls(folder: string): Promise<Get> {
  const { get } = await import("node:https");
  const ca = readFileSync(join(folder, "ca.pem"));
  return ((options: object, found: (response: IncomingMessage) => void) =>
    get({ ...options, ca, servername: "localhost" }, found)) as Get;
}

function judge(status: number, body: string): HealthAnswer {
  try {
    const { ready, checks } = JSON.parse(body) as HealthReport;
    if (status === 200 && ready) return { ready: true, message: "ready" };
    const failed = Object.entries(checks).filter(([, { ok }]) => !ok);
    return {
      ready: false,
      message: `not ready: ${failed.map(([name, { error }]) => `${name}: ${error ?? "failed"}`).join("; ")}`,
    };
  } catch {
    return { ready: false, message: `not ready: unexpected answer, HTTP status ${status}` };
  }
}
