import { get } from "node:http";

/**
 * Cancels a call as clients of the 2025 era do over HTTP, by a request of its own.
 * @param client the session id of the client that says so, where it has one.
 * @returns the status of the answer.
 */
export async function cancel(server: URL, requestId: unknown, client?: string): Promise<number> {
  const { status } = await fetch(server, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(client === undefined ? {} : { "mcp-session-id": client }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } }),
  });
  return status;
}

/** One value that `/metrics` gives. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** What the server at a URL answers at `/metrics`, in Prometheus' text format. */
export async function scrape(server: URL): Promise<Sample[]> {
  const text = await new Promise<string>((resolve, reject) => {
    const url = new URL("/metrics", server);
    get(url, { agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => (response.statusCode === 200 ? resolve(body) : reject(new Error(body))));
    }).on("error", reject);
  });
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", labels = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", text = ""]) => [key, text]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    });
}

/** How many requests a server counted so far, by `method tool error`; a dash stands for an empty label. */
export async function countedRequests(server: URL): Promise<Record<string, number>> {
  const counts = (await scrape(server)).filter(
    ({ name }) => name === "mcp_server_operation_duration_seconds_count",
  );
  const key = ({ labels }: Sample) =>
    ["mcp_method_name", "gen_ai_tool_name", "error_type"].map((name) => labels[name] || "-").join(" ");
  return Object.fromEntries(counts.map((sample) => [key(sample), sample.value]));
}

/** The counts of `after` that are not those of `before`, as differences. */
export function grown(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const differences = Object.entries(after).map(([key, count]) => [key, count - (before[key] ?? 0)] as const);
  return Object.fromEntries(differences.filter(([, difference]) => difference !== 0));
}

/** Resolves as soon as a check holds; gives up after so many tries that only what never comes can take as long. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries += 1) {
    if (tries === 600) throw new Error("It never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
