import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../../engine/docker";
import type { TekUp } from "../support/tekup";

/** A page of a service as text, asked for within its container. */
export function pageText({ stack }: TekUp, service: string, address: string): Promise<string> {
  const wget = ["wget", "-qO-", `http://127.0.0.1:${address}`];
  return docker(["exec", stack.containerName(service), ...wget]);
}

/** Calls a tool as a client that has a trace of its own. */
export async function tracedCall(tekup: TekUp): Promise<{ trace: string; client: string }> {
  const [trace, client] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  const headers = { traceparent: `00-${trace}-${client}-01` };
  await tekup.as("default", (session) => session.call("search__search_code", { pattern: "needle" }), headers);
  return { trace, client };
}

/** The services whose lines `npm run logs` shows of a trace. */
export async function loggedBy({ stack }: TekUp, trace: string): Promise<string[]> {
  const { output } = await stack.command("logs", "--trace", trace);
  return output.split("\n").flatMap((line) => (line.includes(trace) ? [line.split(" ")[0] ?? ""] : []));
}

/** A line as the log store has it. */
export interface StoredLine {
  _time: string;
  _msg: string;
  service: string;
  container: string;
  level: string;
  message: string;
}

/** Waits until the store has lines of a trace of all of those services. */
export async function stored(tekup: TekUp, trace: string, ...services: string[]): Promise<StoredLine[]> {
  const question = `9428/logs/select/logsql/query?query=trace_id:%3D${trace}`;
  for (;;) {
    const text = await pageText(tekup, "log-store", question).catch(() => ""); // it may be about to start
    const lines = text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as StoredLine);
    if (services.every((name) => lines.some(({ service }) => service === name))) return lines;
    await sleep(500);
  }
}
