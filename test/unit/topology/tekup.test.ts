import { parse } from "yaml";
import { describeStack } from "../../../cli/stack-file";
import { parseSettings } from "../../../config/settings";
import { newAuthority } from "../../../provider/pki/certificates";
import { checkSettings } from "../../../services/gateway/src/config/load";
import { buildTopology, type Service, type Topology } from "../../../topology";
import { parseSubnet } from "../../../topology/ipv4";
import { addressOf } from "../../../topology/networks";
import { userNamespaces } from "../../../topology/seccomp";
import { tlsFiles } from "../../../topology/tls";

function topologyOf(settings: Record<string, unknown> = {}): Topology {
  const values = Object.fromEntries(
    Object.entries({ system: "tekup", ...settings }).map(([key, value]) => [
      `mcp:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return buildTopology("prod", parseSettings({ stack: "prod", values, isSecret: () => true }), "build");
}

/** A certificate and its key, by the files that they are in. */
let pem: Record<string, string>;
beforeAll(async () => {
  const { certificate, key } = await newAuthority("test", 1);
  pem = { [tlsFiles.ca]: certificate, [tlsFiles.certificate]: certificate, [tlsFiles.key]: key };
});

const all = (topology: Topology) => topology.tiers.flatMap(({ services }) => services);

function service(topology: Topology, name: string): Service {
  const found = all(topology).find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** The gateway's configuration as it would read it, with what there might be in the place of each file that it names. */
function gatewayConfig(topology: Topology): unknown {
  const [live] = service(topology, "mcp-gateway").liveConfigs ?? [];
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    if (!("file" in value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v)]));
    const named = String(value.file);
    if (Object.values<string>(tlsFiles).includes(named)) return pem[named];
    const file = named.replace(`${live?.path}/current/`, "");
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

  it("has a certificate for each of those that talk to servers, by the names that they are called by", () => {
    const topology = topologyOf({ services: { "mcp-search": { replicas: 2 } } });
    const certificateOf = (name: string) => service(topology, name).certificate;
    expect(certificateOf("mcp-search-2")).toMatchObject({
      usages: ["server"],
      names: ["mcp-search", "mcp-search-2", "localhost"],
    });
    expect(certificateOf("mcp-gateway")).toMatchObject({ usages: ["client"] });
    expect(certificateOf("prometheus")).toMatchObject({ usages: ["client"] });
    expect(certificateOf("jaeger")).toMatchObject({ usages: ["server"] });
    expect(certificateOf("nginx")).toBeUndefined();
    expect(topology.authority).toEqual({ days: 90, renewDays: 30, rotation: "1" });
  });

  it("does without certificates where the settings say so", () => {
    const topology = topologyOf({ tls: { enabled: false } });
    expect(topology.authority).toBeUndefined();
    expect(all(topology).filter(({ certificate }) => certificate)).toEqual([]);
    expect(gatewayConfig(topology)).toMatchObject({ servers: { search: { url: "http://mcp-search:3003" } } });
    expect(service(topology, "mcp-search").environment).not.toHaveProperty("MCP_TLS_FOLDER");
  });

  it("gives the gateway a configuration that it takes, with all servers, clients and limits", () => {
    const topology = topologyOf({
      environment: "staging",
      logLevel: "warn",
      clients: {
        ide: { keys: ["b", "a"], class: "ide" },
        bot: { allow: ["search__*"], deny: ["search__x"] },
      },
      gateway: {
        requestsPerMinute: 600,
        callsPerToolPerMinute: 60,
        sessions: 20,
        sessionSeconds: 3600,
        absenceSeconds: 60,
      },
    });
    const settings = checkSettings(gatewayConfig(topology));
    expect(settings).toMatchObject({
      env: "staging",
      logLevel: "warn",
      requestsPerMinute: 600,
      callsPerToolPerMinute: 60,
      sessions: 20,
      sessionSeconds: 3600,
      clients: { ide: { class: "ide" }, bot: { allow: ["search__*"], deny: ["search__x"] } },
      servers: { search: { url: "https://mcp-search:3003", absenceMs: 60_000 } },
      upstreamTls: { ca: pem[tlsFiles.ca], cert: pem[tlsFiles.certificate], key: pem[tlsFiles.key] },
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

  it("has the browser's pages confined in namespaces of their own, unless settings say otherwise", () => {
    expect(service(topologyOf(), "mcp-browser").seccomp).toBe(userNamespaces);
    const without = topologyOf({ browser: { sandbox: false } });
    expect(all(without).filter(({ seccomp }) => seccomp)).toEqual([]);
    expect(all(topologyOf()).filter(({ seccomp }) => seccomp)).toHaveLength(1);
  });

  it("keeps the logs of all containers for as long as the settings say, or not at all", () => {
    const logs = (settings: object) => topologyOf({ logs: settings });
    const kept = logs({ retentionDays: 30, storeGiB: 5 });
    expect(service(kept, "log-store").command).toEqual(
      expect.arrayContaining(["-retentionPeriod=30d", "-retention.maxDiskSpaceUsageBytes=5GiB"]),
    );
    expect(service(kept, "log-shipper").binds).toEqual([expect.objectContaining({ readOnly: true })]);
    expect(kept.logs.named).toBe(true);
    const none = logs({ retentionDays: 0 });
    expect(all(none).filter(({ name }) => name.startsWith("log-"))).toEqual([]);
    expect(none.logs.named).toBeUndefined();
    // Nor where the tiers end below it: nobody would read what the engine writes beside each line.
    expect(topologyOf({ tiers: 2 }).logs.named).toBeUndefined();
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

  it("has servers follow the project's sources, which they can't write, only where that is asked for", () => {
    const reloading = topologyOf({ reload: true, folders: { docs: { source: "/usr/share/doc" } } });
    expect(service(reloading, "mcp-search")).toMatchObject({
      command: ["/sources", "services/search/src/main.ts"],
      binds: [
        { source: "/usr/share/doc", path: "/folders/docs", readOnly: true },
        { source: { project: "services" }, path: "/sources/services", readOnly: true },
        { source: { project: "node_modules" }, path: "/sources/node_modules", readOnly: true },
      ],
    });
    expect(service(reloading, "mcp-gateway").binds).toBeUndefined();
    const { entrypoint, binds } = service(topologyOf({ environment: "development" }), "mcp-search");
    expect({ entrypoint, binds }).toEqual({});
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

it.each(["staging", "prod"])("%s publishes the gateway, and nothing else", (stack) => {
  const { topology } = describeStack({ stack });
  const published = all(topology).filter(({ ports }) => ports.length > 0);
  expect(published.map(({ name }) => name)).toEqual(["mcp-gateway"]);
});

describe("a server that settings name a package for", () => {
  const servers = {
    time: { pypi: "mcp-server-time==2026.10.19", args: ["--local-timezone", "UTC"], process: "call" },
    memory: {
      npm: "@modelcontextprotocol/server-memory@2026.8.31",
      environment: { MEMORY_FILE_PATH: "/data/m.json" },
      data: true,
    },
  };

  it("is a server like the others: behind the gateway, apart, watched, limited and scaled by settings", () => {
    const services = { "mcp-time": { replicas: 2, memory: "1g", internet: true } };
    const topology = topologyOf({ servers, services });
    expect(checkSettings(gatewayConfig(topology))).toMatchObject({
      servers: { time: { url: "https://mcp-time:8000" }, memory: { era: "legacy" } },
    });
    expect(service(topology, "mcp-time-2")).toMatchObject({
      image: "pypi:mcp-server-time==2026.10.19",
      user: "10001:10001",
      memoryMiB: 1024,
      networks: [{ network: "mcp-time-network" }],
      metrics: { port: 8000 },
      environment: { HOSTED_ARGUMENTS: '["--local-timezone","UTC"]', HOSTED_PROCESS: "session" },
    });
    expect(topology.networks).toContainEqual(
      expect.objectContaining({ networkName: "tekup-mcp-network-memory", internal: true }),
    );
    const prometheus = service(topology, "prometheus").configs?.[0]?.files["prometheus.yml"];
    expect(prometheus).toContain("mcp-memory");
  });

  it("has as many sessions as settings say, for as long as they say, and so has the browser", () => {
    const { time, memory } = servers;
    const topology = topologyOf({
      servers: { time, memory: { ...memory, processes: 3, idleSeconds: 60 } },
      browser: { sessions: 2, idleSeconds: 30 },
    });
    expect(service(topology, "mcp-memory").environment).toMatchObject({
      HOSTED_PROCESSES: "3",
      HOSTED_IDLE_SECONDS: "60",
    });
    expect(service(topology, "mcp-browser").environment).toMatchObject({
      BROWSER_SESSIONS: "2",
      BROWSER_IDLE_SECONDS: "30",
    });
    expect(service(topology, "mcp-time").environment).not.toHaveProperty("HOSTED_IDLE_SECONDS");
  });

  it("gets its own variables apart from the host's, its secrets by reference, and its volume", () => {
    const topology = topologyOf({ servers, serverSecrets: { memory: { API_KEY: "hunter2" } } });
    expect(service(topology, "mcp-memory")).toMatchObject({
      environment: {
        HOSTED_VARIABLE_MEMORY_FILE_PATH: "/data/m.json",
        HOSTED_VARIABLE_API_KEY: { secret: "mcp-memory-API_KEY" },
      },
      volumes: [{ volume: "memory-data", path: "/data" }],
    });
    expect(topology.secrets).toContainEqual({
      name: "mcp-memory-API_KEY",
      source: { kind: "setting", key: "serverSecrets", path: ["memory", "API_KEY"] },
    });
    expect(JSON.stringify(topology)).not.toContain("hunter2");
  });

  it("has room beside four others, on the smallest range", () => {
    const five = Object.fromEntries([..."abcde"].map((name) => [name, { npm: "other@1.0.0" }]));
    const services = Object.fromEntries([..."abcde"].map((name) => [`mcp-${name}`, { replicas: 8 }]));
    for (const networkIsolation of [true, false]) {
      const topology = topologyOf({
        servers: five,
        services,
        networkIsolation,
        networkSubnet: "10.1.2.0/24",
      });
      expect(new Set(all(topology).map(addressOf)).size).toBe(all(topology).length);
    }
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
    [
      "certificates that each update would make anew",
      { tls: { days: 30, renewDays: 30 } },
      /tls.renewDays.*not below `days`/s,
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
