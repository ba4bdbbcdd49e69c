import { once } from "node:events";
import { createServer, get, type ServerResponse } from "node:http";
import { connect, createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { isClosed, onceClosed } from "../closed";

/** A response whose client goes when it is told to; over HTTP/1.1 and HTTP/2. */
async function responseOver(version: "1.1" | "2") {
  let leave: () => void = () => undefined;
  const server = version === "2" ? createHttp2Server() : createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = once(server, "request");
  if (version === "2") {
    const session = connect(origin);
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => undefined);
    leave = () => session.destroy();
  } else {
    const request = get(origin).on("error", () => undefined);
    leave = () => request.destroy();
  }
  const [, response] = (await asked) as [unknown, ServerResponse];
  const end = () => new Promise<unknown>((resolve) => void (server as Http2Server).close(resolve));
  return { response, leave: () => leave(), end };
}

describe.each(["1.1", "2"] as const)("the end of a response over HTTP/%s", (version) => {
  it("is told when its client goes, and to who asks only then, once", async () => {
    const { response, leave, end } = await responseOver(version);
    const [before, after, takenBack] = [jest.fn(), jest.fn(), jest.fn()];
    onceClosed(response, before);
    onceClosed(response, takenBack)();
    expect(isClosed(response)).toBe(false);
    leave();
    await once(response, "close");
    expect(isClosed(response)).toBe(true);
    onceClosed(response, after);
    onceClosed(response, takenBack)();
    expect(after).not.toHaveBeenCalled(); // who asks goes on first
    await new Promise(setImmediate);
    expect([before, after, takenBack].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0]);
    await end();
  });
});
