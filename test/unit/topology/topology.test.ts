import { readSettings } from "../../../services/sql-mcp/src/settings";
import { parseSettings } from "../../../config/settings";
import { buildTopology, type Service, type Topology } from "../../../topology";
import { addressOf, ownNetworkOf } from "../../../topology/networks";

function topologyOf(values: Record<string, string> = {}): Topology {
  const settings = parseSettings({
    stack: "dev",
    values: { "mcp:system": "devcontainer", ...values },
    isSecret: () => true,
  });
  return buildTopology("dev", settings, "registry");
}

function service(topology: Topology, name: string): Service {
  const found = topology.tiers
    .flatMap(({ services }) => services)
    .find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

const withService = (name: string, settings: unknown) => ({
  "mcp:services": JSON.stringify({ [name]: settings }),
});

describe("the devcontainer cluster's topology", () => {
  it("has the specification's addresses", () => {
    const addresses = topologyOf().tiers.flatMap(({ services }) =>
      services.map((one) => [one.name, addressOf(one)]),
    );
    expect(Object.fromEntries(addresses)).toEqual({
      "postgres-db": "172.20.0.20",
      mariadb: "172.20.0.21",
      "postgres-mcp": "172.20.0.30",
      "mariadb-mcp": "172.20.0.31",
      "python-experimental": "172.20.0.32",
      "k8s-plugin": "172.20.0.50",
      buildkit: "172.20.0.55",
      nginx: "172.20.0.70",
      prometheus: "172.20.0.71",
      grafana: "172.20.0.72",
      alertmanager: "172.20.0.73",
      watchdog: "172.20.0.74",
      cadvisor: "172.20.0.75",
      "node-exporter": "172.20.0.76",
      "postgres-exporter": "172.20.0.77",
      "mysql-exporter": "172.20.0.78",
      devcontainer: "172.20.0.60",
    });
  });

  it("lets each tier wait for the whole tier below it", () => {
    const { tiers } = topologyOf();
    tiers.forEach(({ services }, index) => {
      const below = (tiers[index - 1]?.services ?? []).map(({ name }) => name);
      for (const { dependsOn } of services) expect(dependsOn).toEqual(expect.arrayContaining(below));
    });
  });

  it("probes as the specification says", () => {
    const { tiers } = topologyOf();
    for (const { probe } of tiers.flatMap(({ services }) => services)) {
      expect([3, 4, 5]).toContain(probe.retries);
      expect(probe.timeout).toBeGreaterThanOrEqual(3);
      expect(probe.timeout).toBeLessThanOrEqual(10);
    }
    for (const { probe } of tiers[0]?.services ?? []) {
      expect(probe).toMatchObject({ interval: 5, startPeriod: 10 });
    }
  });

  it("asks nobody but the databases more often than four times a minute, as each check costs", () => {
    const [, ...above] = topologyOf().tiers;
    for (const { probe } of above.flatMap(({ services }) => services))
      expect(probe.interval).toBeGreaterThanOrEqual(15);
  });

  it("starts neither Node nor kubectl to ask", () => {
    for (const { probe } of topologyOf().tiers.flatMap(({ services }) => services))
      expect(probe.command.join(" ")).not.toMatch(/node|kubectl version|helm version/);
  });

  it("has no more tiers than a setting asks for", () => {
    const names = topologyOf({ "mcp:tiers": "2" }).tiers.map(({ name }) => name);
    expect(names).toEqual(["databases", "mcp-servers"]);
  });

  it("has a runner where one is registered, and leaves out what can't be had, saying why", () => {
    const registered = { "mcp:runner": JSON.stringify({ url: "https://github.com/acme/shop" }) };
    const values = { "mcp:system": "devcontainer", ...registered, "mcp:runnerToken": "token-of-a-runner" };
    const settings = parseSettings({ stack: "dev", values, isSecret: () => true });
    const pulled = buildTopology("dev", settings, "registry");
    expect(service(pulled, "runner")).toMatchObject({
      networks: [{ address: "172.20.0.56" }],
      environment: { ACTIONS_RUNNER_INPUT_URL: "https://github.com/acme/shop" },
    });
    expect(pulled.secrets).toContainEqual({
      name: "runner-token",
      source: { kind: "setting", key: "runnerToken" },
    });
    expect(pulled.absent).toEqual([]);
    const built = buildTopology("dev", settings, "build");
    expect(() => service(built, "runner")).toThrow("no runner");
    expect(built.absent).toEqual([
      {
        name: "runner",
        why: expect.stringMatching(
          /can't be made from packages.*config -- --stack dev set 'mcp:imageSource' registry/,
        ) as string,
      },
    ]);
    // The rest goes on without it.
    expect(service(built, "devcontainer").dependsOn).not.toContain("runner");
  });

  it("shows the dashboards in Grafana, and in Perses where images are built", () => {
    expect(service(topologyOf(), "grafana").image).toBe("grafana");
    const settings = parseSettings({
      stack: "dev",
      values: { "mcp:system": "devcontainer" },
      isSecret: () => true,
    });
    expect(service(buildTopology("dev", settings, "build"), "grafana").image).toBe("perses");
  });

  it("puts the prefix before containers, volumes and the network, and keeps the DNS names", () => {
    const topology = topologyOf({ "mcp:namePrefix": "test-" });
    expect(ownNetworkOf(topology).networkName).toBe("test-mcp-cluster");
    for (const { volumeName, name } of topology.volumes) expect(volumeName).toBe(`test-${name}`);
    expect(service(topology, "mariadb")).toMatchObject({ name: "mariadb", containerName: "test-mariadb" });
  });

  it("moves all addresses with the network, and one by its setting", () => {
    const moved = topologyOf({
      "mcp:networkSubnet": "10.9.8.0/24",
      ...withService("mariadb-mcp", { address: "10.9.8.39" }),
    });
    expect(addressOf(service(moved, "postgres-db"))).toBe("10.9.8.20");
    expect(addressOf(service(moved, "mariadb-mcp"))).toBe("10.9.8.39");
  });

  it("grants read-only unless a setting says otherwise, to the database and to the server alike", () => {
    const byDefault = service(topologyOf(), "postgres-mcp");
    expect(byDefault.databaseUsers[0]?.access).toBe("read");
    expect(byDefault.environment.DATABASE_ACCESS).toBe("read");
    const owner = service(topologyOf(withService("postgres-mcp", { access: "owner" })), "postgres-mcp");
    expect(owner.databaseUsers[0]?.access).toBe("owner");
    expect(owner.environment.DATABASE_ACCESS).toBe("write");
  });

  it("hands on what a server may reach to its database user alone, which changes no container", () => {
    const reaching = topologyOf({
      "mcp:services": JSON.stringify({
        "postgres-mcp": { schemas: ["public", "sales"] },
        "mariadb-mcp": { databases: ["mcp", "shop"] },
      }),
    });
    const [plain, postgresMcp] = [topologyOf(), reaching].map((one) => service(one, "postgres-mcp"));
    expect(plain?.databaseUsers[0]).not.toHaveProperty("reach");
    expect(postgresMcp?.databaseUsers[0]?.reach).toEqual(["public", "sales"]);
    expect({ ...postgresMcp, databaseUsers: [] }).toEqual({ ...plain, databaseUsers: [] });
    expect(plain?.environment.DATABASE_REACH_SETTING).toBe("mcp:services.postgres-mcp.schemas");
    const mariadbMcp = service(reaching, "mariadb-mcp");
    expect(mariadbMcp.databaseUsers[0]?.reach).toEqual(["mcp", "shop"]);
    expect(mariadbMcp.environment.DATABASE_REACH_SETTING).toBe("mcp:services.mariadb-mcp.databases");
    expect(service(reaching, "python-experimental").environment).toMatchObject({
      POSTGRES_REACH_SETTING: "mcp:services.python-experimental.schemas",
      MARIADB_REACH_SETTING: "mcp:services.python-experimental.databases",
    });
  });

  it("tells an SQL server what its statements may cost, each server for itself", () => {
    const statements = { seconds: 60, rows: 5000, resultKiB: 4096, connections: 8 };
    const topology = topologyOf(withService("postgres-mcp", { statements }));
    const told = service(topology, "postgres-mcp").environment;
    expect(told).toMatchObject({
      DATABASE_TIMEOUT_SECONDS: "60",
      DATABASE_ROW_LIMIT: "5000",
      DATABASE_RESULT_KB: "4096",
      DATABASE_CONNECTIONS: "8",
    });
    const environment = Object.fromEntries(
      Object.entries(told).filter(([, value]) => typeof value === "string"),
    );
    const read = readSettings({ ...(environment as Record<string, string>), DATABASE_PASSWORD: "geheim" });
    expect(read).toMatchObject({
      connections: 8,
      limits: { rows: 5000, bytes: 4096 * 1024, milliseconds: 60_000 },
    });
    expect(service(topology, "mariadb-mcp").environment).not.toHaveProperty("DATABASE_CONNECTIONS");
  });

  it("gives a database's statements their share of its memory", () => {
    const commandOf = (name: string, memory: string) =>
      service(topologyOf(withService(name, { memory })), name).command?.join(" ");
    expect(commandOf("postgres-db", "600m")).toMatch(/^102400 postgres /);
    expect(commandOf("postgres-db", "6g")).toMatch(/^1048576 postgres /);
    expect(commandOf("mariadb", "512m")).toContain("--max-session-mem-used=64M");
    expect(commandOf("mariadb", "2g")).toContain("--max-session-mem-used=256M");
  });

  it("has Go programs that watch hold to nine tenths of their memory, and a query of Prometheus to its part", () => {
    const limitOf = (topology: Topology, name: string) => service(topology, name).environment.GOMEMLIMIT;
    expect(limitOf(topologyOf(), "prometheus")).toBe("460MiB");
    const larger = topologyOf(withService("prometheus", { memory: "2g" }));
    expect(limitOf(larger, "prometheus")).toBe("1843MiB");
    expect(service(larger, "prometheus").command).toContain("--query.max-samples=16777216");
    const go = ["alertmanager", "cadvisor", "node-exporter", "postgres-exporter", "mysql-exporter"];
    for (const name of [...go, "grafana"]) expect(limitOf(larger, name)).toMatch(/^\d+MiB$/);
    for (const name of ["nginx", "postgres-db"]) expect(limitOf(larger, name)).toBeUndefined();
  });

  it("publishes the web entry alone, and on the loopback only what a setting asks for", () => {
    const published = (values = {}) =>
      topologyOf(values).tiers.flatMap(({ services }) => services.flatMap(({ ports }) => ports));
    const entry = { container: 8080, host: 8070, address: "127.0.0.1" };
    expect(published()).toEqual([entry]);
    expect(published(withService("nginx", { publish: false }))).toEqual([]);
    expect(published(withService("postgres-mcp", { publish: 8030 }))).toContainEqual({
      container: 8000,
      host: 8030,
      address: "127.0.0.1",
    });
  });

  it("keeps data when the stack goes, and no cache", () => {
    const kinds = Object.fromEntries(topologyOf().volumes.map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({
      "postgres-data": "data",
      "mariadb-data": "data",
      "prometheus-data": "data",
      "devcontainer-home": "data",
      "buildkit-cache": "cache",
      "buildkit-run": "cache",
    });
  });

  it("changes of a probe only what is set", () => {
    const { probe } = service(topologyOf(withService("mariadb", { probe: { retries: 9 } })), "mariadb");
    expect(probe).toMatchObject({ retries: 9, interval: 5 });
    expect(probe.command[0]).toBe("CMD-SHELL");
  });

  it("takes the superusers' passwords from settings where they are provided, and only theirs", () => {
    const { secrets } = topologyOf({
      "mcp:databasePasswords": "provided",
      "mcp:postgresPassword": "correct-horse-battery",
      "mcp:mariadbPassword": "correct-horse-battery",
    });
    const kinds = Object.fromEntries(secrets.map(({ name, source }) => [name, source.kind]));
    expect(kinds).toMatchObject({ "postgres-password": "setting", "postgres-mcp-password": "generated" });
  });

  it("holds no secret's value", () => {
    const values = {
      "mcp:databasePasswords": "provided",
      "mcp:postgresPassword": "very-secret-one",
      "mcp:mariadbPassword": "very-secret-two",
    };
    expect(JSON.stringify(topologyOf(values))).not.toContain("very-secret");
  });
});
