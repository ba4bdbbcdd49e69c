import { diagnose } from "../../../cli/repair/diagnosis";
import type { FoundContainer, Labelled } from "../../../cli/repair/objects";
import type { StateResource } from "../../../cli/pulumi";
import { ownNetworkOf } from "../../../topology/networks";
import { topologyOf } from "../preview/topologies";

const topology = topologyOf();
const urn = (type: string, name: string) => `urn:pulumi:dev::mcp::${type}::${name}`;
const noted = (type: string, name: string, more: Partial<StateResource> = {}): StateResource => ({
  type,
  urn: urn(type, name),
  id: `${name}-id`,
  ...more,
});
const container = (name: string) => noted("docker:index/container:Container", name);
const environment = (hex: string) =>
  noted("random:index/randomId:RandomId", "environment", { outputs: { hex } });

const object = (name: string, of = "ours", kind: Labelled["kind"] = "container"): Labelled => ({
  kind,
  id: `${name}-id`,
  name,
  environment: of,
});
const containers = (status: string, ...names: string[]) =>
  new Map(names.map((name) => [name, { Id: `${name}-id`, State: { Status: status } } as FoundContainer]));
const names = (objects: Labelled[]) => objects.map(({ name }) => name);

describe("a state held against the engine", () => {
  it("is as it should be where each knows what the other has", () => {
    const found = diagnose({
      topology,
      resources: [environment("ours"), container("mariadb")],
      objects: [object("mariadb")],
      containers: containers("running", "mariadb"),
    });
    expect(found).toMatchObject({ lost: false, adopt: [], remove: [] });
  });

  it("what runs and is not noted is taken into the state; what does not run, or nobody wants, is removed", () => {
    const { adopt, remove } = diagnose({
      topology,
      resources: [environment("ours"), container("mariadb")],
      objects: [object("mariadb"), object("postgres-db"), object("mariadb-mcp"), object("of-old")],
      containers: new Map([
        ...containers("running", "mariadb", "postgres-db", "of-old"),
        ...containers("created", "mariadb-mcp"),
      ]),
    });
    expect(names(adopt)).toEqual(["postgres-db"]);
    expect(names(remove)).toEqual(["mariadb-mcp", "of-old"]);
  });

  it("a second container beside the one that is noted is removed, though it runs", () => {
    const { adopt, remove } = diagnose({
      topology,
      resources: [environment("ours"), container("mariadb")],
      objects: [{ ...object("mariadb"), id: "another" }],
      containers: new Map([["mariadb", { Id: "another", State: { Status: "running" } } as FoundContainer]]),
    });
    expect(names(adopt)).toEqual([]);
    expect(names(remove)).toEqual(["mariadb"]);
  });

  it("what another state of the same name made is nobody's business, while this one has containers of its own", () => {
    const found = diagnose({
      topology,
      resources: [environment("ours"), container("mariadb")],
      objects: [object("mariadb"), object("postgres-db", "theirs")],
      containers: containers("running", "mariadb", "postgres-db"),
    });
    expect(found).toMatchObject({ lost: false, adopt: [], remove: [] });
  });

  it.each<[string, StateResource[]]>([
    ["empty", []],
    ["begun anew by an update that found the names taken", [environment("new")]],
  ])("a state that is %s is lost, and what runs is taken for the stack's", (_what, resources) => {
    const { networkName } = ownNetworkOf(topology);
    const network = object(networkName, "ours", "network");
    const found = diagnose({
      topology,
      resources,
      objects: [object("mariadb"), network],
      containers: containers("running", "mariadb"),
    });
    expect(found).toMatchObject({ lost: true, environment: "ours" });
    expect(names(found.adopt)).toEqual(["mariadb", networkName]);
  });

  it("a person decides where what runs is of several environments", () => {
    const found = diagnose({
      topology,
      resources: [],
      objects: [object("mariadb", "one"), object("postgres-db", "two")],
      containers: containers("running", "mariadb", "postgres-db"),
    });
    expect(found.refusal).toMatch(/2 environments \(one, two\)/);
    expect(found.adopt).toEqual([]);
  });

  it("a stack that is down is not lost", () => {
    expect(diagnose({ topology, resources: [], objects: [], containers: new Map() })).toEqual({
      lost: false,
      adopt: [],
      remove: [],
    });
  });
});
