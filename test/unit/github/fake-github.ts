import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { GitHub } from "../../../cli/github/api";

interface Comment {
  id: number;
  issue: number;
  body: string;
}

interface Issue {
  number: number;
  title: string;
  body: string;
  state: string;
  pull_request?: object;
}

/** A server that speaks as much of GitHub's REST API as the workflows use, with pages as GitHub has them. */
export class FakeGitHub {
  readonly comments: Comment[] = [];
  readonly issues: Issue[] = [];
  /** Answers that the next calls get instead of a real one. */
  readonly refusals: { status: number; headers?: Record<string, string> }[] = [];
  /** Method and path of each call. */
  readonly calls: string[] = [];
  private readonly server: Server;

  constructor(private readonly token = "a-token-of-the-workflow") {
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status, body, headers = {} }) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(body));
      });
    });
  }

  async start(): Promise<GitHub> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, repository: "acme/stacks", token: this.token };
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(
    request: IncomingMessage,
  ): Promise<{ status: number; body: unknown; headers?: Record<string, string> }> {
    const url = new URL(request.url ?? "", "http://github");
    const path = url.pathname.replace("/repos/acme/stacks", "");
    this.calls.push(`${request.method} ${path}`);
    const refusal = this.refusals.shift();
    if (refusal) return { ...refusal, body: { message: "not now" } };
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return { status: 401, body: { message: "Bad credentials" } };
    const given = await read(request);
    const page = <T>(items: T[]) => {
      const size = Number(url.searchParams.get("per_page"));
      const from = (Number(url.searchParams.get("page")) - 1) * size;
      return { status: 200, body: items.slice(from, from + size) };
    };
    const [, collection, first = "", second = ""] = path.split("/");
    if (collection !== "issues") return { status: 404, body: { message: "Not Found" } };
    switch (`${request.method} ${first === "comments" ? "comment" : second}`.trim()) {
      case "GET comments":
        return page(this.comments.filter(({ issue }) => issue === Number(first)));
      case "POST comments": {
        const made = { id: this.comments.length + 1, issue: Number(first), body: given.body ?? "" };
        this.comments.push(made);
        return { status: 201, body: made };
      }
      case "PATCH comment":
        return { status: 200, body: Object.assign(this.comments[Number(second) - 1] ?? {}, given) };
      case "GET":
        return page(this.issues.filter(({ state }) => state === url.searchParams.get("state")));
      case "POST": {
        const made = { number: this.issues.length + 1, title: "", body: "", state: "open", ...given };
        this.issues.push(made);
        return { status: 201, body: made };
      }
      case "PATCH":
        return { status: 200, body: Object.assign(this.issues[Number(first) - 1] ?? {}, given) };
      default:
        return { status: 404, body: { message: "Not Found" } };
    }
  }
}

async function read(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, string>;
}
