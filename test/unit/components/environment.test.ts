import type * as docker from "@pulumi/docker";
import { type Registered, register } from "./mocks";

// What an image is by content is the business of imaging/ and its own tests.
jest.mock("../../../imaging/key", () => ({ imageKey: () => "0123456789abcdef" }));

type ContainerInputs = Record<keyof docker.ContainerArgs, unknown> & Record<string, unknown>;

let all: Map<string, Registered>;

beforeAll(async () => {
  all = await register({ "mcp:system": "devcontainer" });
});

function find(type: string, name: string): Registered {
  const found = all.get(`${type} ${name}`);
  if (!found) throw new Error(`no ${type} ${name} among ${[...all.keys()].join(", ")}`);
  return found;
}

const container = (name: string) => find("docker:index/container:Container", name).inputs as ContainerInputs;
const containers = [
  ...["postgres-db", "mariadb", "postgres-mcp", "mariadb-mcp", "python-experimental"],
  ...["k8s-plugin", "buildkit"],
  ...["nginx", "prometheus", "grafana", "alertmanager", "watchdog"],
  ...["cadvisor", "node-exporter", "postgres-exporter", "mysql-exporter"],
  "devcontainer",
];

describe("what the devcontainer cluster registers", () => {
  it("has a component for each tier, and one for the stack", () => {
    const components = [...all.keys()].filter((key) => key.startsWith("mcp:docker:"));
    expect(components).toEqual(
      expect.arrayContaining([
        "mcp:docker:Environment dev",
        "mcp:docker:Tier tier-1-databases",
        "mcp:docker:Tier tier-2-mcp-servers",
        "mcp:docker:Tier tier-3-build-tools",
        "mcp:docker:Tier tier-4-monitoring",
        "mcp:docker:Tier tier-5-devcontainer",
        ...containers.map((name) => `mcp:docker:ServiceContainer ${name}`),
      ]),
    );
  });

  it.each(containers)("gives %s the least privilege", (name) => {
    const inputs = container(name);
    expect(inputs.readOnly).toBe(true);
    expect(inputs.privileged).toBeUndefined();
    expect(inputs.securityOpts).toContain("no-new-privileges:true");
    if (name === "buildkit") return; // its own test follows
    expect(inputs.capabilities).toEqual({ drops: ["ALL"] });
    expect(inputs.securityOpts).toEqual(["no-new-privileges:true"]);
    expect(inputs.user).toMatch(/^[1-9][0-9]*:[1-9][0-9]*$/);
  });

  it("gives the builder no more than it needs to enter a namespace of its own", () => {
    const inputs = container("buildkit");
    expect(inputs.user).toBe("0:0");
    expect(inputs.capabilities).toEqual({
      drops: ["ALL"],
      adds: ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN"],
    });
    expect(inputs.securityOpts).toEqual([
      "no-new-privileges:true",
      "seccomp=unconfined",
      "apparmor=unconfined",
    ]);
  });

  it("publishes the web entry alone, on the loopback", () => {
    const published = containers.filter((name) => (container(name).ports as unknown[]).length > 0);
    expect(published).toEqual(["nginx"]);
    expect(container("nginx").ports).toEqual([{ internal: 8080, external: 8070, ip: "127.0.0.1" }]);
  });

  it("hands the engine's socket to the watchdog alone", () => {
    const volumes = (name: string) => container(name).volumes as { hostPath?: string }[];
    const given = containers.filter((name) =>
      volumes(name).some(({ hostPath }) => /docker/.test(hostPath ?? "")),
    );
    expect(given).toEqual(["watchdog"]);
    expect(container("watchdog").groupAdds).toEqual([expect.stringMatching(/^[0-9]+$/)]);
  });

  it("mounts configuration read-only, from volumes that are named by their content", () => {
    expect(container("prometheus").volumes).toContainEqual({
      volumeName: "volume-of-prometheus-etc-prometheus",
      containerPath: "/etc/prometheus",
      readOnly: true,
    });
    const { files } = find("mcpdocker:index:ConfigVolume", "prometheus-etc-prometheus").inputs;
    expect(Object.keys(files as object)).toContain("prometheus.yml");
  });

  it.each(containers)("limits the memory of %s, swap included, and its processes", (name) => {
    expect(container(name).memory).toBeGreaterThan(0);
    expect(container(name).memorySwap).toBe(container(name).memory);
    expect(find("mcpdocker:index:Ready", name).inputs.pidsLimit).toBeGreaterThan(0);
  });

  it.each(containers)("stops %s gracefully and starts it again by itself", (name) => {
    const inputs = container(name);
    expect(inputs.destroyGraceSeconds).toBeGreaterThanOrEqual(10);
    expect(inputs.stopTimeout).toBe(inputs.destroyGraceSeconds);
    expect(inputs.restart).toBe("unless-stopped");
  });

  it.each(containers)("replaces %s for what the Docker provider only says it has changed", (name) => {
    const { options } = find("docker:index/container:Container", name);
    expect(options.replaceOnChanges).toEqual(["healthcheck", "tmpfs", "mounts"]);
    expect(options.deleteBeforeReplace).toBe(true);
  });

  it("gives the network all that an engine would fill in when it restarts", () => {
    const { ipamConfigs } = find("docker:index/network:Network", "network").inputs;
    expect(ipamConfigs).toEqual([{ subnet: "172.20.0.0/16", gateway: "172.20.0.1" }]);
  });

  it("names images by ID, never by a tag that moves", () => {
    expect(container("postgres-db").image).toBe("sha256:postgres");
    expect(container("postgres-mcp").image).toBe("sha256:sql-mcp");
    expect(container("mariadb-mcp").image).toBe("sha256:sql-mcp");
  });

  it("starts each MCP server after its databases are healthy and its users are made", () => {
    const { dependsOn } = find("docker:index/container:Container", "python-experimental");
    expect(dependsOn).toEqual(
      expect.arrayContaining([
        "mcpdocker:index:Ready postgres-db",
        "mcpdocker:index:Ready mariadb",
        "mcpdocker:index:DatabaseUser python-experimental-postgres",
        "mcpdocker:index:DatabaseUser python-experimental-mariadb",
      ]),
    );
    const user = find("mcpdocker:index:DatabaseUser", "postgres-mcp-postgres");
    expect(user.dependsOn).toEqual(["mcpdocker:index:Ready postgres-db"]);
    expect(user.inputs).toMatchObject({
      kind: "postgres",
      database: "mcp",
      name: "postgres_mcp",
      access: "read",
    });
  });

  it.each(["postgres-data", "mariadb-data"])(
    "keeps the data of %s through a destroy and a change of labels",
    (name) => {
      const { options } = find("docker:index/volume:Volume", name);
      expect(options.retainOnDelete).toBe(true);
      expect(options.ignoreChanges).toEqual(expect.arrayContaining(["labels", "driverOpts"]));
    },
  );

  it.each(["buildkit-cache", "buildkit-run"])("lets %s go with the stack", (name) => {
    expect(find("docker:index/volume:Volume", name).options.retainOnDelete).toBe(false);
  });

  it("labels every object with its stack and with the random name of this very environment", () => {
    const labelled = [
      "docker:index/network:Network network",
      ...containers.map((name) => `docker:index/container:Container ${name}`),
    ];
    for (const key of labelled) {
      expect(all.get(key)?.inputs.labels).toEqual(
        expect.arrayContaining([
          { label: "dev.mcp.stack", value: "dev" },
          { label: "dev.mcp.environment", value: "0011223344556677" },
        ]),
      );
    }
  });
});
