import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { takenPorts } from "../../../../config/engine/ports";
import { askEngine } from "../../../../engine/api";
import { inspectExisting } from "../../../../engine/inspect";
import type { Topology } from "../../../../topology";

jest.mock("../../../../engine/api");
jest.mock("../../../../engine/inspect");

describe("a published port that something listens on", () => {
  let server: Server;
  let topology: Topology;
  let host: number;

  beforeEach(async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    host = (server.address() as AddressInfo).port;
    const services = [{ name: "nginx", ports: [{ host, address: "127.0.0.1" }] }];
    topology = { stack: "dev", tiers: [{ services }] } as unknown as Topology;
    jest.mocked(askEngine).mockResolvedValue([{ Id: "a" }]);
  });
  afterEach(() => server.close());

  const bound = (port: number) =>
    jest
      .mocked(inspectExisting)
      .mockResolvedValue([{ HostConfig: { PortBindings: { "80/tcp": [{ HostPort: String(port) }] } } }]);

  it("is refused where no container of the stack has it", async () => {
    bound(host + 1);
    const [problem, ...others] = await takenPorts(topology);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ key: "mcp:services.nginx.publish", value: String(host) });
    expect(problem?.wrong).toBe("is in use on this host already");
    expect(Number(/(\d+)$/.exec(problem?.fix ?? "")?.[1])).toBeGreaterThan(host);
  });

  it("is the stack's own where a container of its is to have it, whether that runs yet or not", async () => {
    bound(host);
    expect(await takenPorts(topology)).toEqual([]);
    expect(jest.mocked(askEngine).mock.lastCall?.[0]).toMatch(/all=true/);
  });

  it("may be let go while that is asked, by the container that another update takes away", async () => {
    jest.mocked(inspectExisting).mockImplementation(async () => {
      server.close();
      return [];
    });
    expect(await takenPorts(topology)).toEqual([]);
  });
});
