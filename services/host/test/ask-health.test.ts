import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const program = join(__dirname, "..", "ask-health.sh");

let server: Server;
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** Asks a server that answers like that; what the program says, undefined where it finds no health. */
async function said(answer: RequestListener): Promise<string | undefined> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return ask((server.address() as AddressInfo).port);
}

function ask(port: number): Promise<string | undefined> {
  return promisify(execFile)(program, [String(port)]).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

it("finds a server well that says so at /health", async () => {
  const large = JSON.stringify({ live: true, ready: true, checks: { database: "x".repeat(100_000) } });
  expect(
    await said(({ url }, response) => response.writeHead(url === "/health" ? 200 : 404).end(large)),
  ).toBe("ready\n");
});

it.each<[string, RequestListener]>([
  ["says that it is not ready", (_, response) => response.writeHead(503).end("{}")],
  ["has no such page", (_, response) => response.writeHead(404).end()],
  ["speaks something else", ({ socket }) => socket.end("220 ready\r\n")],
  ["closes the connection", ({ socket }) => socket.destroy()],
  ["never answers", () => undefined],
])("finds no health in one that %s", async (_, answer) => {
  expect(await said(answer)).toBeUndefined();
});

it("finds none where nobody listens", async () => {
  await said((_, response) => response.end());
  const { port } = server.address() as AddressInfo;
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  expect(await ask(port)).toBeUndefined();
});
