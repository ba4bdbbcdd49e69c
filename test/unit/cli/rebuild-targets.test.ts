import { rebuildTargets } from "../../../cli/operate/rebuild-targets";
import type { StateResource } from "../../../cli/pulumi";

const urn = (type: string, name: string) => `urn:pulumi:dev::mcp::${type}::${name}`;
const resource = (type: string, name: string, more: Partial<StateResource> = {}): StateResource => ({
  type,
  urn: urn(type, name),
  ...more,
});
const component = (name: string) => urn("mcp:docker:ServiceContainer", name);
const parts = (name: string): StateResource[] => [
  resource("mcp:docker:ServiceContainer", name),
  resource("docker:index/container:Container", name, { id: `id-${name}`, parent: component(name) }),
  resource("mcpdocker:index:Ready", name, { parent: component(name), inputs: { containerId: `id-${name}` } }),
];
const user = resource("mcpdocker:index:DatabaseUser", "server-mariadb", {
  parent: component("server"),
  inputs: { containerId: "id-mariadb" },
});
const state = [
  resource("mcpdocker:index:Image", "sql-mcp"),
  resource("mcpdocker:index:Image", "mariadb"),
  ...parts("mariadb"),
  ...parts("server"),
  user,
  ...parts("mariadb-mcp"),
];

describe("what a rebuild may change", () => {
  it("is the service's image and its own parts, and no container but its own", () => {
    expect(rebuildTargets(state, { name: "server", image: "sql-mcp" })).toEqual({
      container: urn("docker:index/container:Container", "server"),
      all: [
        urn("mcpdocker:index:Image", "sql-mcp"),
        urn("docker:index/container:Container", "server"),
        urn("mcpdocker:index:Ready", "server"),
        user.urn,
      ],
    });
  });

  it("is with a database also the users that live in it, or the state would tell of the container before", () => {
    expect(rebuildTargets(state, { name: "mariadb", image: "mariadb" })?.all).toEqual([
      urn("mcpdocker:index:Image", "mariadb"),
      urn("docker:index/container:Container", "mariadb"),
      urn("mcpdocker:index:Ready", "mariadb"),
      user.urn,
    ]);
  });

  it("is nothing where the service was never put up", () => {
    expect(rebuildTargets(state, { name: "postgres-db", image: "postgres" })).toBeUndefined();
  });
});
