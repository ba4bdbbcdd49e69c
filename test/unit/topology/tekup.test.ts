import { parse } from "yaml";
import { parseSettings } from "../../../config/settings";
import { checkSettings } from "../../../services/gateway/src/config/load";
import { buildTopology, type Service, type Topology } from "../../../topology";
import { parseSubnet } from "../../../topology/ipv4";
import { addressOf } from "../../../topology/networks";

function topologyOf(settings: Record<string, unknown> = {}): Topology {
  const values = Object.fromEntries(
    Object.entries({ system: "tekup", ...settings }).map(([key, value]) => [
      `mcp:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return buildTopology("prod", parseSettings({ stack: "prod", values, isSecret: () => true }), "build");
}

const all = (topology: Topology) => topology.tiers.flatMap(({ services }) => services);

function service(topology: Topology, name: string): Service {
  const found = all(topology).find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** The gateway's configuration as it would read it, with a hash in the place of each file that it names. */
function gatewayConfig(topology: Topology): unknown {
  const [live] = service(topology, "mcp-gateway").liveConfigs ?? [];
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    if (!("file" in value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v)]));
    const file = String(value.file).replace(`${live?.path}/current/`, "");
    expect(Object.keys(live?.files ?? {})).toContain(file);
    return `sha256:${"0".repeat(64)}`;
  };
  return fill(parse(live?.files["gateway.yaml"] as string));
}

describe("TekUp's topology", () => {
  it("has the specification's servers, ports and resources", () => {
    const topology = topologyOf();
    expect(service(topology, "mcp-gateway")).toMatchObject({ image: "mcp-gateway", ports: [{ host: 3000 }] });
    expect(service(topology, "mcp-filesystem")).toMatchObject({ memoryMiB: 512, cpus: 0.5, ports: [] });
    expect(service(topology, "mcp-search")).toMatchObject({ memoryMiB: 1024, cpus: 0.5, ports: [] });
    expect(topology.networks[0].networkName).toBe("tekup-mcp-network");
  });

  it("gives the gateway a configuration that it takes, with all servers, clients and limits", () => {
    const topology = topologyOf({
      environment: "staging",
      logLevel: "warn",
      clients: {
        ide: { keys: ["b", "a"], class: "ide" },
        bot: { allow: ["search__*"], deny: ["search__x"] },
      },
      gateway: { requestsPerMinute: 600, callsPerToolPerMinute: 60, sessions: 20 },
    });
    const settings = checkSettings(gatewayConfig(topology));
    expect(settings).toMatchObject({
      env: "staging",
      logLevel: "warn",
      requestsPerMinute: 600,
      callsPerToolPerMinute: 60,
      sessions: 20,
      clients: { ide: { class: "ide" }, bot: { allow: ["search__*"], deny: ["search__x"] } },
      servers: { search: { url: "http://mcp-search:3003" } },
    });
    expect(settings.clients.ide?.keys).toHaveLength(2);
    const secrets = topology.secrets.map(({ name }) => name);
    expect(secrets).toEqual(
      expect.arrayContaining(["client-ide-key-a", "client-ide-key-b", "client-bot-key-1"]),
    );
  });

  it("keeps servers apart: each on a network of its own that leads nowhere, within the stack's range", () => {
    const topology = topologyOf({
      networkSubnet: "10.1.2.0/24",
      services: { "mcp-search": { internet: true } },
    });
    const { networks } = topology;
    const ranges = networks.map(({ subnet }) => parseSubnet(subnet));
    ranges.forEach(({ base, prefix }, index) => {
      const size = 2 ** (32 - prefix);
      for (const other of ranges.slice(index + 1))
        expect(base + size <= other.base || other.base + 2 ** (32 - other.prefix) <= base).toBe(true);
    });
    expect(networks.map(({ networkName, internal }) => [networkName, internal])).toEqual(
      expect.arrayContaining([
        ["tekup-mcp-network", undefined],
        ["tekup-mcp-network-filesystem", true],
        ["tekup-mcp-network-search", false],
      ]),
    );
    const places = ({ name }: Service) => service(topology, name).networks.map(({ network }) => network);
    for (const server of all(topology).filter(({ name }) => /^mcp-(?!gateway)/.test(name)))
      expect(places(server)).toEqual([`${server.name}-network`]);
    for (const visitor of ["mcp-gateway", "prometheus"])
      expect(places(service(topology, visitor))).toHaveLength(networks.length);
    expect(places(service(topology, "alertmanager"))).toEqual(["network"]);
  });

  it("has one network where servers are not kept apart", () => {
    const { networks } = topologyOf({ networkIsolation: false });
    expect(networks.map(({ networkName }) => networkName)).toEqual(["tekup-mcp-network"]);
  });

  it.each([true, false])("scales a server and changes nothing else (kept apart: %s)", (networkIsolation) => {
    const one = topologyOf({ networkIsolation });
    const three = topologyOf({ networkIsolation, services: { "mcp-search": { replicas: 3 } } });
    const replicas = all(three).filter(({ networks: [{ aliases }] }) => aliases.includes("mcp-search"));
    expect(replicas.map(({ name }) => name)).toEqual(["mcp-search", "mcp-search-2", "mcp-search-3"]);
    expect(new Set(replicas.map(addressOf)).size).toBe(3);
    for (const before of all(one)) {
      const { dependsOn: _before, ...rest } = before;
      const { dependsOn: _after, ...after } = service(three, before.name);
      expect(after).toEqual(rest);
    }
  });

  it("gives filesystem and search the folders that are named, and who may write", () => {
    const folders = { shop: { source: "/home/me/shop", write: true }, docs: { source: "/usr/share/doc" } };
    const topology = topologyOf({ folders });
    expect(service(topology, "mcp-filesystem")).toMatchObject({
      environment: { FILESYSTEM_READ_ROOTS: "/folders/docs", FILESYSTEM_WRITE_ROOTS: "/folders/shop" },
      binds: [
        { source: "/usr/share/doc", path: "/folders/docs", readOnly: true },
        { source: "/home/me/shop", path: "/folders/shop", readOnly: false },
      ],
      volumes: [],
    });
    expect(service(topology, "mcp-search").binds?.every(({ readOnly }) => readOnly)).toBe(true);
  });

  it("shares a volume between them where no folder is named", () => {
    const topology = topologyOf();
    expect(topology.volumes).toContainEqual({ name: "workspace", volumeName: "workspace", kind: "data" });
    expect(service(topology, "mcp-search").volumes).toContainEqual({
      volume: "workspace",
      path: "/srv",
      readOnly: true,
    });
  });

  it("gives each replica an index of its own", () => {
    const topology = topologyOf({ services: { "mcp-search": { replicas: 2 } } });
    const indexes = ["mcp-search", "mcp-search-2"].map((name) => service(topology, name).volumes[0]?.volume);
    expect(indexes).toEqual(["search-index", "search-index-2"]);
  });
});

describe("TekUp's settings are refused", () => {
  it.each([
    ["clients that are none, outside of development", { clients: {} }, /mcp:clients is empty|clients/],
    ["too many replicas", { services: { "mcp-search": { replicas: 9 } } }, /replicas.*above 8/s],
    [
      "replicas of what has no gateway in front",
      { services: { nginx: { replicas: 2 } } },
      /replicas.*one only/s,
    ],
    [
      "an address outside of a server's network",
      { services: { "mcp-search": { address: "172.22.0.50" } } },
      /address.*outside the range of the network of search/s,
    ],
    [
      "replicas that reach beyond it",
      { services: { "mcp-search": { address: "172.22.144.12", replicas: 2 } } },
      /address.*outside the range/s,
    ],
    ["a client's name", { clients: { "Ann B": {} } }, /clients/],
    [
      "a folder that is not absolute",
      { folders: { a: { source: "docs" } } },
      /folders\.a\.source.*absolute/s,
    ],
  ])("%s", (_what, settings, message) => {
    expect(() => topologyOf(settings)).toThrow(message);
  });

  it("but no clients are needed in development", () => {
    expect(gatewayConfig(topologyOf({ environment: "development", clients: {} }))).toMatchObject({
      clients: {},
    });
  });
});
