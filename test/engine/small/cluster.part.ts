import { once } from "node:events";
import { createServer } from "node:http";
import { docker } from "../../../engine/docker";
import { freePort } from "../support/ports";
import { runsOf } from "../support/runs";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import { all, type Small } from "./stack";

const offsets: Record<string, number> = {
  "postgres-db": 20,
  mariadb: 21,
  "postgres-mcp": 30,
  "mariadb-mcp": 31,
  "python-experimental": 32,
};

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  it.each(all)("has %s healthy at its address, found by name", async (service) => {
    const { State, NetworkSettings } = await stack.container(service);
    expect(State.Health?.Status).toBe("healthy");
    const [network] = Object.values(NetworkSettings.Networks);
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${stack.prefix}mcp-cluster`]);
    expect(network?.IPAddress).toBe(stack.address(offsets[service] ?? 0));
    const found = await docker(["exec", stack.containerName("postgres-mcp"), "getent", "hosts", service]);
    expect(found).toContain(network?.IPAddress);
  });

  it.each(all)(
    "runs %s without root, privileges, a writable root or unbounded resources",
    async (service) => {
      const { Config, HostConfig } = await stack.container(service);
      expect(Config.User).toMatch(/^[1-9]/);
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ["ALL"] });
      expect(HostConfig.SecurityOpt).toContain("no-new-privileges:true");
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(HostConfig.RestartPolicy.Name).toBe("unless-stopped");
      const status = await docker(["exec", stack.containerName(service), "cat", "/proc/1/status"]);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).not.toMatch(/^Uid:\s+0\s/m);
    },
  );

  it("publishes only what a setting asks for, on the loopback", async () => {
    const published = await Promise.all(
      all.map(async (name) => (await stack.container(name)).HostConfig.PortBindings),
    );
    expect(published.flatMap((ports) => Object.values(ports ?? {}).flat())).toEqual([
      { HostIp: "127.0.0.1", HostPort: String(small().port) },
    ]);
    const answer = await fetch(`http://127.0.0.1:${small().port}/health`);
    expect(answer.status).toBe(200);
  });

  it("keeps passwords out of outputs, logs and argument lists", async () => {
    const { output } = await stack.pulumi("stack", "output", "--json", "--show-secrets");
    const { Config } = await stack.container("postgres-mcp");
    const password = Config.Env.find((line) => line.startsWith("DATABASE_PASSWORD="))?.split("=")[1] ?? "";
    expect(password.length).toBeGreaterThanOrEqual(32);
    expect(output).not.toContain(password);
    for (const service of ["postgres-db", "postgres-mcp"]) {
      const lines: string[] = [];
      await docker(["logs", stack.containerName(service)], { onLine: (line) => lines.push(line) });
      expect(lines.join("\n")).not.toContain(password);
      expect(await docker(["top", stack.containerName(service), "-eo", "pid,args"])).not.toContain(password);
    }
  });

  it("is left as it runs by an update that has nothing to do, and neither preview finds a difference", async () => {
    const before = await runsOf(stack, all);
    expect(await stack.up()).toMatch(/Resources:\s+\d+ unchanged/);
    expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await stack.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await runsOf(stack, all)).toEqual(before);
  });

  describe("settings that can't be used", () => {
    afterEach(() => stack.configure(small().settings));

    it("are refused by a plain `pulumi up` before anything is registered", async () => {
      stack.configure({ services: { mariadb: { memory: "-512m" } } });
      const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
      expect(code).not.toBe(0);
      expect(output).toMatch(/mcp:services\.mariadb\.memory: "-512m" is not an amount of memory/);
      expect(output).toMatch(/fix: npm run config -- --stack \S+ set 'mcp:services\.mariadb\.memory' 512m/);
      expect(await stack.onEngine("container")).toHaveLength(all.length);
    });

    it.each([
      [
        "a range of addresses that the engine's own network has",
        async () => ({ networkSubnet: await rangeOf("bridge") }),
      ],
      ["a range that is not for private networks", async () => ({ networkSubnet: "8.8.0.0/16" })],
      ["more processors than there are", async () => ({ services: { mariadb: { cpus: 200 } } })],
    ])(
      "are refused where they ask for %s, by a preview and an update, and nothing is touched",
      async (_, wrong) => {
        const before = await runsOf(stack, all);
        const settings = await wrong();
        stack.configure({ ...small().settings, ...settings });
        const commands = [stack.command("preview"), stack.pulumi("up", "--yes", "--skip-preview")];
        for (const { code, output } of await Promise.all(commands)) {
          expect({ code, output }).not.toMatchObject({ code: 0 });
          expect(output).toMatch(
            /^ +mcp:(networkSubnet|services\.mariadb\.cpus): .*\n +fix: npm run config -- --stack/m,
          );
          expect(output).not.toMatch(/No data is at risk/);
        }
        expect(await runsOf(stack, all)).toEqual(before);
      },
    );

    it("are refused where a port is in use on the host, by something else than this stack", async () => {
      const taken = await freePort();
      const other = createServer().listen(taken, "127.0.0.1");
      await once(other, "listening");
      stack.configure({ services: { "postgres-mcp": { publish: taken } } });
      const { code, output } = await stack.pulumi("preview");
      other.close();
      expect(code).not.toBe(0);
      expect(output).toMatch(
        new RegExp(`mcp:services\\.postgres-mcp\\.publish: ${taken} is in use on this host already`),
      );
      const [, instead] = /set 'mcp:services\.postgres-mcp\.publish' (\d+)/.exec(output) ?? [];
      expect(Number(instead)).toBeGreaterThan(taken);
    });
  });
}

/** The range of a network of the engine's. */
async function rangeOf(network: string): Promise<string> {
  return (
    await docker(["network", "inspect", network, "--format", "{{(index .IPAM.Config 0).Subnet}}"])
  ).trim();
}

export const cluster: Part<Small> = { title: "a cluster that is up", tests };
