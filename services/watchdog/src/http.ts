import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HealthReport } from "../../host/health";
import type { Metrics } from "./metrics";

/** Serves `/metrics` and `/health`; resolves with the port once it listens. */
export async function serve(
  listen: { port: number; host: string },
  metrics: Metrics,
  report: () => Promise<HealthReport>,
): Promise<number> {
  const answer = async (path: string | undefined, response: ServerResponse): Promise<void> => {
    if (path === "/metrics") return send(response, 200, metrics.contentType, await metrics.render());
    if (path !== "/health")
      return send(response, 404, "text/plain", "Not found: there are /metrics and /health\n");
    const health = await report();
    return send(response, health.ready ? 200 : 503, "application/json", JSON.stringify(health));
  };
  const server = createServer((request, response) => {
    answer(request.url, response).catch(() => send(response, 500, "text/plain", "Internal error\n"));
  });
  server.listen(listen.port, listen.host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" }).end(body);
}
