import { once } from "node:events";
import { createServer, get } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { EgressPolicy, type EgressSettings, type Resolve } from "../src/egress/policy";
import { EgressProxy } from "../src/egress/proxy";
import { readSettings } from "../src/settings";

const allowing = (value: string): EgressSettings => readSettings({ BROWSER_ALLOW_PRIVATE: value }).egress;
const refusal = (address: string, allowed = "", name = address) =>
  new EgressPolicy(allowing(allowed)).refusal(name, address);

test.each([
  ...["0.0.0.0", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.255.255.254", "169.254.169.254"],
  ...["172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1"],
  ...["198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"],
  ...["255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1"],
  ...["64:ff9b:1::a00:1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::1", "3fff::1", "5f00::1"],
  ...["fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1", "not-an-address", ""],
])("%j can't be reached", (address) => expect(refusal(address)).toBeDefined());

test.each([
  ...[
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
  ],
  ...[
    "192.167.255.255",
    "192.169.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
  ],
])("%s can be reached", (address) => expect(refusal(address)).toBeUndefined());

test("settings allow addresses, ranges and names, with all names below", () => {
  expect(refusal("10.1.2.3", "10.1.0.0/16")).toBeUndefined();
  expect(refusal("::ffff:10.1.2.3", "10.1.0.0/16")).toBeUndefined();
  expect(refusal("10.2.0.1", "10.1.0.0/16")).toBeDefined();
  expect(refusal("fd00::5", "fd00::5")).toBeUndefined();
  expect(refusal("10.0.0.1", "wiki.internal", "wiki.internal")).toBeUndefined();
  expect(refusal("10.0.0.1", "wiki.internal", "WIKI.internal.")).toBeUndefined();
  expect(refusal("10.0.0.1", "wiki.internal", "other.internal")).toBeDefined();
  expect(refusal("10.0.0.1", "*.internal", "a.b.internal")).toBeUndefined();
  expect(refusal("10.0.0.1", "*.internal", "evilinternal")).toBeDefined();
  expect(() => allowing("http://wiki")).toThrow(/BROWSER_ALLOW_PRIVATE: http:\/\/wiki is no host name/);
  expect(() => allowing("10.0.0.0/33")).toThrow(/BROWSER_ALLOW_PRIVATE/);
});

describe("a name whose addresses change", () => {
  const origin = createServer((_, response) => response.end("private"));
  let proxy: EgressProxy;
  let answers: string[];
  beforeAll(async () => {
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    const resolve: Resolve = (_, __, done) => {
      const [address = "127.0.0.1"] = answers.length > 1 ? answers.splice(0, 1) : answers;
      done(
        null,
        address.split(" ").map((one) => ({ address: one, family: one.includes(":") ? 6 : 4 })),
      );
    };
    // Loopback stands for a private address here, and 127.0.0.2 for one that may be reached.
    proxy = await EgressProxy.start(new EgressPolicy(allowing("127.0.0.2"), resolve));
  });
  afterAll(async () => {
    await proxy.close();
    origin.close();
  });
  const port = () => (origin.address() as AddressInfo).port;
  const plain = async () => {
    const { hostname, port: at } = new URL(proxy.url);
    const path = `http://name.test:${port()}/`;
    const [response] = (await once(get({ host: hostname, port: at, path, agent: false }), "response")) as [
      { statusCode: number; resume: () => void },
    ];
    response.resume();
    return response.statusCode;
  };
  const tunnelled = async () => {
    const { hostname, port: at } = new URL(proxy.url);
    const socket = connect(Number(at), hostname);
    socket.write(`CONNECT name.test:${port()} HTTP/1.1\r\nHost: name.test\r\n\r\n`);
    const [chunk] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return Number(chunk.toString().split(" ")[1]);
  };

  test.each([
    ["plain", plain],
    ["tunnelled", tunnelled],
  ])("is looked at for each %s connection, which is made to what was looked at", async (_, ask) => {
    // What is asked first may be reached, and nothing listens there; the next answer would be the private one.
    answers = ["127.0.0.2", "127.0.0.1"];
    expect(await ask()).toBe(502);
    expect(await ask()).toBe(403);
    expect(proxy.refusalOf("name.test")).toMatch(/name\.test \(127\.0\.0\.1\) is not on the public Internet/);
    // Of several addresses only those that may be reached are tried.
    answers = ["127.0.0.1 127.0.0.2"];
    expect(await ask()).toBe(502);
  });

  test("what is no request to forward is refused", async () => {
    const { hostname, port: at } = new URL(proxy.url);
    for (const request of [
      "GET / HTTP/1.1\r\nHost: name.test",
      "GET ftp://name.test/ HTTP/1.1\r\nHost: name.test",
      "CONNECT name.test HTTP/1.1\r\nHost: name.test",
    ]) {
      const socket = connect(Number(at), hostname);
      socket.write(`${request}\r\n\r\n`);
      const [chunk] = (await once(socket, "data")) as [Buffer];
      expect(chunk.toString()).toMatch(/^HTTP\/1\.1 400/);
      socket.destroy();
    }
  });
});

describe("a proxy with a limit of what goes through it", () => {
  const size = 200_000;
  const origin = createServer((request, response) => {
    request.resume();
    response.end(Buffer.alloc(size));
  });
  let proxy: EgressProxy;
  const policy = new EgressPolicy(allowing("127.0.0.1"));
  beforeAll(async () => {
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    proxy = await EgressProxy.start(policy, 400_000);
  });
  afterAll(async () => {
    await proxy.close();
    origin.close();
  });

  const port = () => (origin.address() as AddressInfo).port;
  const address = () => ({ host: "127.0.0.1", port: Number(new URL(proxy.url).port) });

  /** Reads all of it by a request of plain HTTP. */
  async function forwarded(): Promise<number> {
    const path = `http://127.0.0.1:${port()}/`;
    const [response] = (await once(get({ ...address(), path, agent: false }), "response")) as [Readable];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
    return bytes;
  }

  /** Reads all of it through a tunnel, as with TLS. */
  async function tunnelled(): Promise<number> {
    const socket = connect(address());
    socket.write(`CONNECT 127.0.0.1:${port()} HTTP/1.1\r\n\r\n`);
    await once(socket, "data");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let bytes = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) bytes += chunk.length;
    return bytes;
  }

  test("takes its time, for all connections together, and leaves nothing out", async () => {
    const began = performance.now();
    const [one, other] = await Promise.all([forwarded(), tunnelled()]);
    expect(one).toBe(size);
    expect(other).toBeGreaterThanOrEqual(size);
    // 400,000 bytes at 400,000 in a second; a tenth of that may come at once.
    expect(performance.now() - began).toBeGreaterThan(850);
  });

  test("does not wait on behalf of a client that has gone", async () => {
    const gone = get({ ...address(), path: `http://127.0.0.1:${port()}/`, agent: false });
    const [response] = (await once(gone, "response")) as [Readable];
    response.destroy();
    expect(await forwarded()).toBe(size);
  });
});
