import { checkSettings } from "../src/config/load";
import type { ServerSettings } from "../src/config/schema";
import { Registry } from "../src/registry/registry";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { type GatewayProcess, gatewayReplicas } from "./processes";
import { connect, eventually, gatewayFor, textOf, hashed } from "./support";

const key = "a key for the tests that is long enough to be one";
const keys = [hashed(key)];

let one: Fixture;
let two: Fixture;
let gateways: [GatewayProcess, GatewayProcess];

beforeAll(async () => {
  one = await serveFixture((serving) => toolbox("one", serving), "modern");
  two = await serveFixture((serving) => toolbox("two", serving), "modern");
  gateways = (await gatewayReplicas(
    2,
    { s: { url: one.url } },
    { registration: { keys, newServers: true } },
  )) as typeof gateways;
});

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await Promise.all([one.close(), two.close()]);
});

type Reached = Pick<GatewayProcess, "url">;

const ask = (gateway: Reached, method: string, path = "", body?: unknown, own = key) =>
  fetch(gateway.url(`/registry${path}`), {
    method,
    headers: { "x-api-key": own, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const register = async (gateway: Reached, body: Record<string, unknown>) =>
  (await (await ask(gateway, "POST", "", body)).json()) as { id: string; until: string };

/** Who answers calls of `s`. */
async function answering(gateway: Reached, path = "/mcp/s"): Promise<string> {
  const client = await connect(gateway.url(path), "modern");
  const calls = Array.from({ length: 6 }, () => client.callTool({ name: "echo", arguments: { value: "" } }));
  const names = new Set((await Promise.all(calls)).map((result) => textOf(result)));
  await client.close();
  return [...names].sort().join("");
}

it("is not undone by a reload that was under way", async () => {
  let release = () => undefined as void;
  const released = new Promise<void>((resolve) => (release = resolve));
  let [preparing, looked] = [false, 0];
  const lookup = async (host: string) => {
    // The one server of the new configuration takes its time; another look at the registered one gets no answer.
    preparing ||= host === "slow";
    if (host === "slow") await released;
    if (host === "replicas" && (looked += 1) > 1) await new Promise(() => undefined);
    return [{ address: "127.0.0.1", family: 4 }];
  };
  const registration = { keys, newServers: true };
  const gateway = await gatewayFor({ s: one.url }, { registration }, lookup);
  const servers = { s: { url: one.url }, slow: { url: "http://slow:1" } };
  const next = checkSettings({ host: "127.0.0.1", port: 0, drainSeconds: 1, registration, servers });
  const reloaded = gateway.reload(() => next);
  await eventually(() => preparing);
  await register(gateway, { server: "fresh", url: `http://replicas:${two.port}` });
  const isServed = async (name: string) => (await fetch(gateway.url(`/mcp/${name}`))).status !== 404;
  // Time enough for it to be taken over in between, if it were.
  for (let tries = 0; tries < 20 && !(await isServed("fresh")); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  release();
  expect(await reloaded).toBe("applied");
  await eventually(() => isServed("fresh"));
  expect(await isServed("slow")).toBe(true);
  expect(await answering(gateway, "/mcp/fresh")).toBe("two: ");
  await gateway.stop();
});

it("has a replica serve with the configured ones, in all gateways, until it is given back", async () => {
  const { id } = await register(gateways[0], { server: "s", url: two.url, seconds: 30 });
  for (const gateway of gateways) {
    await eventually(async () => (await answering(gateway)) === "one: two: ");
    const listed = (await (await ask(gateway, "GET")).json()) as { registrations: unknown[] };
    expect(listed.registrations).toMatchObject([{ id, server: "s", group: "default", url: two.url }]);
  }
  expect((await ask(gateways[1], "DELETE", `/${id}`)).status).toBe(200);
  for (const gateway of gateways) await eventually(async () => (await answering(gateway)) === "one: ");
  expect((await ask(gateways[1], "DELETE", `/${id}`)).status).toBe(404);
});

it("has a server that nobody configured, as long as its lease is renewed", async () => {
  const first = await register(gateways[0], { server: "fresh", url: two.url, seconds: 2 });
  await eventually(async () => (await fetch(gateways[1].url("/mcp/fresh"))).status !== 404);
  expect(await answering(gateways[1], "/mcp/fresh")).toBe("two: ");
  const again = await register(gateways[1], { server: "fresh", url: two.url, seconds: 2 });
  expect(again.id).toBe(first.id);
  expect(Date.parse(again.until)).toBeGreaterThan(Date.parse(first.until));
  for (const { url } of gateways)
    await eventually(async () => (await fetch(url("/mcp/fresh"))).status === 404);
});

it("takes nothing without its key, and nothing that can't be used", async () => {
  const body = { server: "s", url: two.url };
  expect((await ask(gateways[0], "POST", "", body, "another key")).status).toBe(401);
  expect((await ask(gateways[0], "GET", "", undefined, "")).status).toBe(401);
  const refused = async (registration: unknown) => {
    const answer = await ask(gateways[0], "POST", "", registration);
    expect(answer.status).toBe(400);
    return answer.text();
  };
  expect(await refused({ server: "s", url: "ftp://a" })).toContain("url is not a URL");
  expect(await refused({ server: "S_1", url: two.url })).toContain("server is not a server's name");
  expect(await refused({ ...body, group: "blue" })).toContain("group blue is none of s's");
  const listed = (await (await ask(gateways[1], "GET")).json()) as { registrations: unknown[] };
  expect(listed.registrations).toEqual([]);
});

describe("what processes of the gateway tell each other of leases", () => {
  const registries = () => {
    const settings = checkSettings({ servers: { s: { url: one.url } }, registration: { keys } });
    const made = [0, 1].map(() => new Registry({ settings }, () => undefined)) as [Registry, Registry];
    made.forEach((registry) => registry.close());
    return { settings, made };
  };
  const replica = { server: "s", group: "default", url: "http://10.0.0.1:1" };

  it("brings nothing back that was given back, and takes nothing away that was renewed since", () => {
    const { settings, made } = registries();
    const [near, far] = made;
    const lease = near.register(replica, 30);
    far.merge(near.tell());
    const overlaid: ServerSettings | undefined = far.overlay(settings).servers.s;
    expect(overlaid?.registered).toEqual({ default: [replica.url] });
    far.merge([{ ...lease, at: lease.at + 1, ended: true }]);
    far.merge(near.tell());
    expect(far.running).toEqual([]);
    near.merge([{ ...lease, at: lease.at + 2 }]);
    near.merge(far.tell());
    expect(near.running).toHaveLength(1);
  });

  it("leaves out servers that are not configured, where that is not allowed", () => {
    const { settings, made } = registries();
    made[0].register({ ...replica, server: "fresh" }, 30);
    expect(Object.keys(made[0].overlay(settings).servers)).toEqual(["s"]);
  });
});
