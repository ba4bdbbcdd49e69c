import type * as docker from "@pulumi/docker";
import { type Registered, register } from "./mocks";

// What an image is by content is the business of imaging/ and its own tests.
jest.mock("../../../imaging/key", () => ({ imageKey: () => "0123456789abcdef" }));

type ContainerInputs = { [Key in keyof docker.ContainerArgs]: never } & Record<string, unknown>;

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
const containers = ["postgres-db", "mariadb", "postgres-mcp", "mariadb-mcp", "python-experimental"];

describe("what the devcontainer cluster registers", () => {
  it("has a component for each tier, and one for the stack", () => {
    const components = [...all.keys()].filter((key) => key.startsWith("mcp:docker:"));
    expect(components).toEqual(
      expect.arrayContaining([
        "mcp:docker:Environment dev",
        "mcp:docker:Tier tier-1-databases",
        "mcp:docker:Tier tier-2-mcp-servers",
        ...containers.map((name) => `mcp:docker:ServiceContainer ${name}`),
      ]),
    );
  });

  it.each(containers)("gives %s the least privilege", (name) => {
    const inputs = container(name);
    expect(inputs.readOnly).toBe(true);
    expect(inputs.capabilities).toEqual({ drops: ["ALL"] });
    expect(inputs.securityOpts).toEqual(["no-new-privileges:true"]);
    expect(inputs.privileged).toBeUndefined();
    expect(inputs.user).toMatch(/^[1-9][0-9]*:[1-9][0-9]*$/);
    expect(inputs.ports).toEqual([]);
  });

  it.each(containers)("limits the memory of %s, swap included, and its processes", (name) => {
    expect(container(name).memory).toBeGreaterThan(0);
    expect(container(name).memorySwap).toBe(container(name).memory);
    expect(find("mcpdocker:index:Ready", name).inputs.pidsLimit).toBeGreaterThan(0);
  });

  it.each(containers)("stops %s gracefully and starts it again by itself", (name) => {
    const inputs = container(name);
    expect(inputs.destroyGraceSeconds).toBeGreaterThanOrEqual(15);
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
