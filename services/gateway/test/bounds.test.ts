import { request as httpRequest } from "node:http";
import { serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, modernRequest } from "./support";

const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close();
});

async function gateway(settings: Record<string, unknown>) {
  const fixture = await serveFixture((serving) => toolbox("one", serving), "both");
  open.push(fixture);
  const started = await gatewayFor({ one: fixture.url }, settings);
  open.push({ close: () => started.stop() });
  return started;
}

/** The status of a request with these headers; `fetch` would not send some of them. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once("error", reject)
      .end();
  });
}

it("refuses headers that are too large with status 431", async () => {
  const { url } = await gateway({ headerBytes: 2048 });
  expect(await statusOf(url("/health/live"), { "x-more": "x".repeat(1000) })).toBe(200);
  expect(await statusOf(url("/health/live"), { "x-more": "x".repeat(3000) })).toBe(431);
});

it("refuses a body that is nested too deep, and says how deep it may be", async () => {
  const { url } = await gateway({ jsonDepth: 10 });
  const post = async (value: string) => {
    const response = await fetch(url(), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"value":${value}}}`,
    });
    return { status: response.status, text: await response.text() };
  };
  // What looks like nesting within a text is none.
  for (const fine of ["[".repeat(8) + "]".repeat(8), JSON.stringify('"[{'.repeat(100))]) {
    expect((await post(fine)).status).toBe(200);
  }
  const refused = await post("[".repeat(9) + "]".repeat(9));
  expect(refused.status).toBe(400);
  expect(refused.text).toContain("nested deeper than 10 levels");
});

it.each(["modern", "legacy"] as const)(
  "bounds the streams that a %s client holds open, and takes another one once one ends",
  async (era) => {
    const { url } = await gateway({ streams: 1 });
    const listen = async () => {
      const client = await connect(url(), era);
      const { sessionId = "" } = client.transport as { sessionId?: string };
      const control = new AbortController();
      const legacy = { headers: { accept: "text/event-stream", "mcp-session-id": sessionId } };
      const params = { notifications: { toolsListChanged: true } };
      const asked = era === "legacy" ? legacy : modernRequest({ method: "subscriptions/listen", params });
      const response = await fetch(url(), { ...asked, signal: control.signal });
      open.push(client);
      return { response, end: () => control.abort() };
    };
    // A legacy client of the SDK opens its own stream, the one that it may.
    const first = await listen();
    const second = await listen();
    expect(second.response.status).toBe(429);
    expect(second.response.headers.get("retry-after")).toBe("1");
    expect(await second.response.text()).toContain("Too many streams: 1 may be open");
    first.end();
    // The SDK takes its own stream up again at once.
    if (era === "modern") {
      await eventually(async () => {
        const third = await listen();
        third.end();
        return third.response.status === 200;
      });
    }
  },
);
