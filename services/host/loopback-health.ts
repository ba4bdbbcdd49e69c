import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A state of health as HTTP has it. */
export interface HealthPage {
  status: number;
  body: string;
}

/** The page on the loopback. */
export interface LoopbackHealth {
  port: number;
  close: () => void;
}

/** Serves `/health`, and nothing else, over plain HTTP to whoever is in the same container. */
export async function serveLoopbackHealth(
  port: number,
  page: () => Promise<HealthPage>,
): Promise<LoopbackHealth> {
  const server = createServer((request, response) => {
    const asked = request.url === "/health" ? page() : Promise.resolve({ status: 404, body: "" });
    asked.then(
      ({ status, body }) => response.writeHead(status, { "content-type": "application/json" }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
