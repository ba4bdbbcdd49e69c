import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineTakes } from "../../../../config/engine";
import { routesIn, takenRanges } from "../../../../config/engine/networks";
import type { EngineView } from "../../../../config/engine/view";
import { SettingsError } from "../../../../config/errors";
import type { Settings } from "../../../../config/schema";
import { parseSettings } from "../../../../config/settings";
import { parseSubnet } from "../../../../topology/ipv4";
import { buildTopology } from "../../../../topology";
import { FakeEngine, json } from "../../engine/fake-engine";

/** What the engine answers: what there is on it, besides what every engine has. */
let there: EngineView;
let engine: FakeEngine;

beforeEach(async () => {
  there = { info: { NCPU: 4, DockerRootDir: "/var/lib/docker" }, containers: [], networks: [] };
  engine = new FakeEngine((asked, answer) => {
    const path = asked.url ?? "";
    if (path.startsWith("/info")) json(answer, 200, there.info);
    else if (path.startsWith("/networks")) json(answer, 200, there.networks);
    else json(answer, 200, path.includes("filters") ? [] : there.containers);
  });
  await engine.start();
});
afterEach(() => engine.stop());

const quiet = { services: { nginx: { publish: false } }, networkSubnet: "10.213.7.0/24" };

function stackOf(given: Record<string, unknown> = {}, system: Settings["system"] = "devcontainer") {
  const values = Object.fromEntries(
    Object.entries({ ...quiet, system, ...given }).map(([key, value]) => [
      `mcp:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  const settings = parseSettings({ stack: "mine", values, isSecret: () => false });
  return { settings, topology: buildTopology("mine", settings, "registry") };
}

/** The problems that an update, or a preview, is refused for. */
async function refused(
  given?: Record<string, unknown>,
  system?: Settings["system"],
  warn?: (text: string) => void,
) {
  const { settings, topology } = stackOf(given, system);
  try {
    await engineTakes(topology, settings, warn);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

const labelled = (stack?: string): Record<string, string> =>
  stack === undefined ? {} : { "dev.mcp.stack": stack };
const container = (name: string, stack?: string, networks: Record<string, { IPAddress: string }> = {}) => ({
  Names: [`/${name}`],
  Labels: labelled(stack),
  NetworkSettings: { Networks: networks },
});
const network = (name: string, subnet: string, stack?: string, Scope = "local") => ({
  Name: name,
  Scope,
  IPAM: { Config: [{ Subnet: subnet }] },
  Labels: labelled(stack),
});

describe("before an update", () => {
  it("nothing is refused where the engine has what is asked for", async () => {
    there.containers = [container("nginx", "mine"), container("other")];
    there.networks = [network("bridge", "172.17.0.0/16"), network("mcp-cluster", "10.213.7.0/24", "mine")];
    expect(await refused()).toEqual([]);
  });

  it("nothing is refused where no engine answers", async () => {
    process.env.DOCKER_HOST = "unix:///nowhere/engine.sock";
    expect(await refused()).toEqual([]);
  });

  it.each([
    ["the same range", "10.213.7.0/24"],
    ["a wider one", "10.192.0.0/11"],
    ["a part of it", "10.213.7.128/25"],
  ])("a range is refused of which another network has %s, with one that is free", async (_, subnet) => {
    there.networks = [network("theirs", subnet, "other")];
    const [problem, ...others] = await refused();
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ key: "mcp:networkSubnet", value: '"10.213.7.0/24"' });
    expect(problem?.wrong).toBe(
      `overlaps ${subnet}, the network "theirs" of the stack "other" on this engine`,
    );
    const [, free = ""] = /set 'mcp:networkSubnet' (\S+)$/.exec(problem?.fix ?? "") ?? [];
    expect(await refused({ networkSubnet: free })).toEqual([]);
  });

  it("a range beside another network's, or of a swarm's space of addresses, is taken", async () => {
    there.networks = [
      network("next", "10.213.8.0/24"),
      network("overlay", "10.213.7.0/24", undefined, "swarm"),
    ];
    expect(await refused()).toEqual([]);
  });

  it("of a TekUp stack all networks are asked for", async () => {
    there.networks = [network("theirs", "10.213.7.128/28")];
    const services = { "mcp-gateway": { publish: false }, nginx: { publish: false } };
    expect(await refused({ services, logs: { retentionDays: 0 } }, "tekup")).toMatchObject([
      { key: "mcp:networkSubnet" },
    ]);
  });

  it.each([
    [
      "another stack's",
      "other",
      /^gives "nginx" and 1 more, .* of the stack "other"$/,
      "--stack mine set 'mcp:namePrefix' mine-",
    ],
    [
      "nobody's",
      undefined,
      /^gives "nginx" and 1 more, .* no stack's$/,
      "docker rename nginx nginx-before && docker rename",
    ],
  ])("names are refused that containers have that are %s", async (_, stack, wrong, fix) => {
    there.containers = [container("nginx", stack), container("prometheus", stack)];
    const problems = await refused();
    expect(problems).toMatchObject([{ key: "mcp:namePrefix", value: '""' }]);
    expect(problems[0]?.wrong).toMatch(wrong);
    expect(new SettingsError("mine", problems).message).toContain(fix);
  });

  it("a network's name is refused that another network has", async () => {
    there.networks = [network("mcp-cluster", "172.30.0.0/16"), network("theirs", "172.31.0.0/16")];
    expect(await refused()).toMatchObject([{ key: "mcp:namePrefix" }]);
    expect(await refused({ networkName: "theirs" })).toMatchObject([
      { key: "mcp:networkName", value: '"theirs"' },
    ]);
  });

  it("an address is refused that a container of somebody else's has on the stack's network", async () => {
    there.networks = [network("mcp-cluster", "10.213.7.0/24", "mine")];
    there.containers = [container("guest", undefined, { "mcp-cluster": { IPAddress: "10.213.7.21" } })];
    expect(await refused()).toMatchObject([
      { key: "mcp:services.mariadb.address", fix: "docker network disconnect mcp-cluster guest" },
    ]);
  });

  it("processors, GPUs and a log store are refused that the engine can't give", async () => {
    there.info = { ...there.info, NCPU: 1, DockerRootDir: "/home/me/docker" };
    const services = { ...quiet.services, mariadb: { cpus: 1.5 }, "k8s-plugin": { gpus: "all" } };
    expect(await refused({ services })).toMatchObject([
      { key: "mcp:services.k8s-plugin.gpus", value: '"all"' },
      {
        key: "mcp:services.mariadb.cpus",
        value: "1.5",
        wrong: "is more than the 1 processor of the engine's machine",
      },
    ]);
    const tekup = { services: { "mcp-gateway": { publish: false }, nginx: { publish: false } } };
    const [problem] = await refused(tekup, "tekup");
    expect(problem?.key).toBe("mcp:logs.retentionDays");
    expect(problem?.wrong).toMatch(/the engine keeps its logs in \/home\/me\/docker\/containers/);
    expect(await refused({ ...tekup, logs: { retentionDays: 0 } }, "tekup")).toEqual([]);
  });
});

describe("files and folders that settings name", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "named-"));
    writeFileSync(join(folder, "file"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([
    ["missing", "gone", /^names no file on this machine$/],
    ["below a file", "file/gone", /^names no file on this machine$/],
    ["a folder", ".", /^names a folder, and not a file$/],
  ])("a kubeconfig is refused that is %s", async (_, name, wrong) => {
    const problems = await refused({ kubeconfig: join(folder, name) });
    expect(problems).toMatchObject([{ key: "mcp:kubeconfig" }]);
    expect(problems[0]?.wrong).toMatch(wrong);
    expect(problems[0]?.fix).toBe("npm run config -- rm 'mcp:kubeconfig'");
  });

  it("one that is there is taken, and one that nothing mounts is nobody's business", async () => {
    expect(await refused({ kubeconfig: join(folder, "file") })).toEqual([]);
    expect(await refused({ kubeconfig: join(folder, "gone"), tiers: 2, services: {} })).toEqual([]);
  });

  it("folders are refused that are missing, or files", async () => {
    const services = { "mcp-gateway": { publish: false } };
    const folders = {
      a: { source: folder },
      b: { source: join(folder, "gone") },
      c: { source: join(folder, "file") },
    };
    expect(await refused({ services, tiers: 2, folders }, "tekup")).toMatchObject([
      { key: "mcp:folders.b.source", fix: "npm run config -- rm 'mcp:folders.b'" },
      { key: "mcp:folders.c.source", wrong: "names a file, and not a folder" },
    ]);
    expect(await refused({ projectFolder: join(folder, "gone") })).toMatchObject([
      { key: "mcp:projectFolder" },
    ]);
  });

  it("are not looked for where the engine is on another machine", async () => {
    engine.beFarAway();
    expect(await refused({ kubeconfig: "/nowhere/config" })).toEqual([]);
  });
});

describe("a preview", () => {
  const asks = { services: { ...quiet.services, mariadb: { cpus: 100 } } };

  it("is refused as an update is, beside the engine that has the stack", async () => {
    there.networks = [network("mcp-cluster", "10.213.7.0/24", "mine")];
    expect(await refused(asks, "devcontainer", fail)).toMatchObject([{ key: "mcp:services.mariadb.cpus" }]);
  });

  it("only warns beside an engine that has nothing of it, which may be another one", async () => {
    const said: string[] = [];
    expect(await refused(asks, "devcontainer", (text) => said.push(text))).toEqual([]);
    expect(said).toEqual([
      expect.stringMatching(/^The engine that answers here[\s\S]*mariadb\.cpus: 100 is more/),
    ]);
  });

  function fail(text: string) {
    throw new Error(text);
  }
});

describe("the machine's own addresses and routes", () => {
  // eth0 of 192.168.7.2/24 with the default route, a VPN that takes all, and one company's range.
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t0107A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t0007A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
    "tun0\t000010AC\t0107A8C0\t0003\t0\t0\t0\t0000F0FF\t0\t0\t0",
  ].join("\n");

  it("are read from Linux' table", () => {
    expect(routesIn(table).map(({ subnet }) => subnet)).toEqual(
      ["0.0.0.0/0", "192.168.7.0/24", "172.16.0.0/12"].map(parseSubnet),
    );
  });

  it("are refused as a network's range, but for those of the engine's own bridges", () => {
    const { topology, settings } = stackOf({ networkSubnet: "172.20.0.0/16" });
    const machine = routesIn(table).slice(1);
    expect(takenRanges(there, topology, settings, machine)).toMatchObject([
      { wrong: "overlaps 172.16.0.0/12, a route of this machine by tun0" },
    ]);
    const own = [{ subnet: parseSubnet("172.20.0.0/16"), what: "a route of this machine by br-1" }];
    there.networks = [network("mcp-cluster", "172.20.0.0/16", "mine")];
    expect(takenRanges(there, topology, settings, own)).toEqual([]);
    // What runs there already goes on.
    expect(takenRanges(there, topology, settings, machine)).toEqual([]);
  });
});
