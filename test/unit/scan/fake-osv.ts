import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Query {
  package: { ecosystem: string; name: string };
  version: string;
  page_token?: string;
}

/** A record as OSV answers it. */
export type OsvRecord = { id: string } & Record<string, unknown>;

/** A server that speaks as much of OSV's API as a scan uses, with pages as OSV has them. */
export class FakeOsv {
  /** Records by the package that each is against, as `<ecosystem> <name> <version>`. */
  readonly against: Record<string, OsvRecord[]> = {};
  /** Records that others refer to. */
  readonly elsewhere: OsvRecord[] = [];
  /** Statuses that the next requests get instead of an answer. */
  readonly refusals: number[] = [];
  /** Method and path of each request. */
  readonly requests: string[] = [];
  /** How many records of a package it gives at once. */
  pageSize = 1000;
  url = "";
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const { method = "", url = "" } = request;
    this.requests.push(`${method} ${url}`);
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return { status: refusal, body: { code: 14, message: "unavailable" } };
    if (method === "POST" && url === "/v1/querybatch") {
      const { queries } = JSON.parse(text) as { queries: Query[] };
      return { status: 200, body: { results: queries.map((query) => this.page(query)) } };
    }
    const id = decodeURIComponent(/^\/v1\/vulns\/(.+)$/.exec(url)?.[1] ?? "");
    const record = [...Object.values(this.against).flat(), ...this.elsewhere].find((one) => one.id === id);
    if (method !== "GET" || !record) return { status: 404, body: { code: 5, message: "Bug not found." } };
    return { status: 200, body: { schema_version: "1.7.3", modified: "2026-01-02T03:04:05Z", ...record } };
  }

  private page({ package: { ecosystem, name }, version, page_token: token = "0" }: Query) {
    const all = this.against[`${ecosystem} ${name} ${version}`] ?? [];
    const end = Number(token) + this.pageSize;
    const vulns = all
      .slice(Number(token), end)
      .map(({ id }) => ({ id, modified: "2026-01-02T03:04:05.123456Z" }));
    return {
      ...(vulns.length > 0 ? { vulns } : {}),
      ...(end < all.length ? { next_page_token: String(end) } : {}),
    };
  }
}
