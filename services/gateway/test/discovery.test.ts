import { Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import DNS from "dns2";
import { HealthImplementation } from "grpc-health-check";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor, textOf } from "./support";

let one: Fixture;
let two: Fixture;

beforeAll(async () => {
  one = await serveFixture((serving) => toolbox("one", serving), "modern", 0, "127.0.0.1");
  two = await serveFixture((serving) => toolbox("two", serving), "modern", one.port, "127.0.0.2");
});

afterAll(() => Promise.all([one.close(), two.close()]));

/** Who answers calls of `s`. */
async function answering(gateway: Awaited<ReturnType<typeof gatewayFor>>): Promise<string> {
  const client = await connect(gateway.url("/mcp/s"), "modern");
  const calls = Array.from({ length: 6 }, () => client.callTool({ name: "echo", arguments: { value: "" } }));
  const names = new Set((await Promise.all(calls)).map((result) => textOf(result)));
  await client.close();
  return [...names].sort().join("");
}

it("finds a Swarm service's tasks by their name, as they come and go", async () => {
  let tasks = ["127.0.0.1"];
  const dns = DNS.createUDPServer((request, send) => {
    const response = DNS.Packet.createResponseFromRequest(request);
    const [question] = request.questions;
    if (question?.name === "tasks.s" && question.type === DNS.Packet.TYPE.A) {
      for (const address of tasks) {
        const { A: type } = DNS.Packet.TYPE;
        const answer = { name: "tasks.s", type, class: DNS.Packet.CLASS.IN, ttl: 600, address };
        response.answers.push(answer as DNS.Packet.Resource);
      }
    }
    void send(response);
  });
  await dns.listen(0, "127.0.0.1");
  const nameServers = [`127.0.0.1:${dns.address().port}`];
  const s = { url: `http://tasks.s:${one.port}`, healthIntervalMs: 100 };
  const gateway = await gatewayFor({ s }, { nameServers });
  expect(await answering(gateway)).toBe("one: ");
  tasks = ["127.0.0.1", "127.0.0.2"];
  await eventually(async () => (await answering(gateway)) === "one: two: ");
  tasks = ["127.0.0.2"];
  await eventually(async () => (await answering(gateway)) === "two: ");
  // A name server that does not answer takes nothing away.
  await new Promise<void>((resolve) => dns.close(() => resolve()));
  expect(await answering(gateway)).toBe("two: ");
  await gateway.stop();
});

it.each(["/mcp", "/mcp/s"])(
  "spreads a session's calls at %s where the server keeps none itself",
  async (path) => {
    const replicas = await Promise.all([
      serveFixture((serving) => toolbox("first", serving), "sessionless", 0, "127.0.0.1"),
    ]);
    const [first] = replicas;
    replicas.push(
      await serveFixture((serving) => toolbox("second", serving), "sessionless", first?.port, "127.0.0.2"),
    );
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    const s = { url: `http://replicas:${first?.port}` };
    const gateway = await gatewayFor({ s }, {}, async () => addresses);
    const client = await connect(gateway.url(path), "legacy");
    const name = path === "/mcp" ? "s__echo" : "echo";
    const calls = Array.from({ length: 6 }, () => client.callTool({ name, arguments: { value: "" } }));
    const answers = new Set((await Promise.all(calls)).map((result) => textOf(result)));
    expect([...answers].sort()).toEqual(["first: ", "second: "]);
    await client.close();
    await gateway.stop();
    await Promise.all(replicas.map((replica) => replica.close()));
  },
);

it("asks others once a replica closes the connections that it was asked to keep", async () => {
  const first = await serveFixture((serving) => toolbox("first", serving), "modern", 0, "127.0.0.1");
  const second = await serveFixture(
    (serving) => toolbox("second", serving),
    "modern",
    first.port,
    "127.0.0.2",
  );
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
  const s = { url: `http://replicas:${first.port}` };
  const gateway = await gatewayFor({ s }, {}, async () => addresses);
  expect(await answering(gateway)).toBe("first: second: ");
  second.leave();
  await answering(gateway);
  expect(await answering(gateway)).toBe("first: ");
  // With nobody else left it is asked all the same.
  first.leave();
  await answering(gateway);
  expect(await answering(gateway)).toBe("first: second: ");
  await gateway.stop();
  await Promise.all([first.close(), second.close()]);
});

describe("gRPC's health service", () => {
  /** The health service of a replica that serves. */
  async function health(address: string) {
    const statuses = new HealthImplementation({ "": "SERVING", "mcp.S": "SERVING" });
    const server = new GrpcServer();
    statuses.addToServer(server);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return { statuses, server, port };
  }

  it("tells which replicas are in use, at once when one says that it does not serve", async () => {
    const first = await health("127.0.0.1:0");
    const second = await health(`127.0.0.2:${first.port}`);
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    const s = {
      url: `http://replicas:${one.port}`,
      healthGrpcPort: first.port,
      healthGrpcService: "mcp.S",
      healthIntervalMs: 100,
      unhealthyAfter: 2,
    };
    const gateway = await gatewayFor({ s }, {}, async () => addresses);
    await eventually(async () => (await answering(gateway)) === "one: two: ");
    second.statuses.setStatus("mcp.S", "NOT_SERVING");
    await eventually(async () => (await answering(gateway)) === "one: ");
    second.statuses.setStatus("mcp.S", "SERVING");
    await eventually(async () => (await answering(gateway)) === "one: two: ");
    first.statuses.setStatus("mcp.S", "NOT_SERVING");
    await eventually(async () => (await answering(gateway)) === "two: ");
    await gateway.stop();
    first.server.forceShutdown();
    second.server.forceShutdown();
  });

  it("is not there, so the replica counts as failed", async () => {
    const { server, port } = await health("127.0.0.1:0");
    server.forceShutdown();
    const gateway = await gatewayFor({
      s: { url: one.url, healthGrpcPort: port, healthIntervalMs: 100, unhealthyAfter: 1 },
    });
    await eventually(async () => (await fetch(gateway.url("/health"))).status === 503);
    await gateway.stop();
  });
});
