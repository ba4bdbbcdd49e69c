import { get } from "node:http";
import type { HealthReport } from "./health";

/** What the `health` subcommand found out. */
export interface HealthAnswer {
  ready: boolean;
  /** One line for a container's health log. */
  message: string;
}

/**
 * Asks the server that runs in the same container. It loads next to nothing, since it runs every few seconds.
 * @param milliseconds how long to wait for the answer.
 */
export function askHealth(port: number, milliseconds = 4000): Promise<HealthAnswer> {
  return new Promise((resolve) => {
    const none = (reason: string) =>
      resolve({ ready: false, message: `no answer on port ${port}: ${reason}` });
    const request = get({ host: "127.0.0.1", port, path: "/health", agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(judge(response.statusCode ?? 0, Buffer.concat(chunks).toString())));
      response.on("error", (error) => none(error.message));
    });
    request.setTimeout(milliseconds, () => request.destroy(new Error(`not within ${milliseconds} ms`)));
    request.on("error", (error) => none(error.message));
  });
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
