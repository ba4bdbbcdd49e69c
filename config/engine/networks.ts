import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { engineSocket } from "../../engine/endpoint";
import type { Topology } from "../../topology";
import { addressAt, formatSubnet, overlap, parseSubnet, type Subnet, within } from "../../topology/ipv4";
import { ownNetworkOf } from "../../topology/networks";
import { allServices } from "../../topology/services";
import { type Problem, removeCommand, setCommand } from "../errors";
import type { Settings } from "../schema";
import { type EngineView, type ListedNetwork, ownerOf, stackOf } from "./view";

const key = "mcp:networkSubnet";

/**
 * Ranges that the stack's networks can't have: the engine refuses one that overlaps another network of its own, and one that
 * overlaps an address or a route of its machine would cut the machine off from what is there. The stack's own networks are left
 * out, as they go or stay with the update.
 */
export function takenRanges(
  view: EngineView,
  topology: Topology,
  { networkSubnet }: Pick<Settings, "networkSubnet">,
  machine: readonly Range[] = machineRanges(),
): Problem[] {
  const onEngine = view.networks.filter(({ Scope }) => Scope === "local").flatMap(rangesOf);
  const others = onEngine.filter(({ network }) => stackOf(network) !== topology.stack);
  const there = onEngine.map(({ subnet }) => subnet);
  const taken = [
    ...others.map(({ subnet, network }) => ({
      subnet,
      what: `the network "${network.Name}"${ownerOf(network)} on this engine`,
    })),
    // The engine's own bridges are addresses and routes of the machine, too.
    ...machine.filter(({ subnet }) => !there.some((known) => within(subnet, known))),
  ];
  const wanted = topology.networks.map(({ subnet }) => parseSubnet(subnet));
  // What runs in that range already has shown that it can.
  const held = onEngine.filter(({ network }) => stackOf(network) === topology.stack);
  const asked = wanted.filter(
    (subnet) => !held.some((own) => formatSubnet(own.subnet) === formatSubnet(subnet)),
  );
  const found = taken.find(({ subnet }) => asked.some((own) => overlap(own, subnet)));
  if (!found) return [];
  const value = networkSubnet ?? ownNetworkOf(topology).subnet;
  const wrong = `overlaps ${formatSubnet(found.subnet)}, ${found.what}`;
  const { prefix } = parseSubnet(networkSubnet ?? "0.0.0.0/16");
  const free = freeSubnet(prefix, [...taken.map(({ subnet }) => subnet), ...there]);
  return [
    { key, value: JSON.stringify(value), wrong, fix: free ? setCommand(key, free) : removeCommand(key) },
  ];
}

/** Addresses on the stack's networks that containers of others have now. */
export function takenAddresses({ containers }: EngineView, topology: Topology): Problem[] {
  const others = containers.filter((container) => stackOf(container) !== topology.stack);
  return allServices(topology).flatMap((service) =>
    service.networks.flatMap(({ network: name, address }): Problem[] => {
      const { networkName = "" } = topology.networks.find((network) => network.name === name) ?? {};
      const holder = others.find(
        ({ NetworkSettings }) => NetworkSettings?.Networks?.[networkName]?.IPAddress === address,
      );
      if (!holder) return [];
      const container = holder.Names[0]?.replace(/^\//, "") ?? "";
      return [
        {
          key: `mcp:services.${service.replicaOf ?? service.name}.address`,
          value: `"${address}"`,
          wrong: `is the address of "${container}" on the network ${networkName}, a container that is not the stack's`,
          fix: `docker network disconnect ${networkName} ${container}`,
        },
      ];
    }),
  );
}

/** A range of addresses that is in use, and what has it, for messages. */
export interface Range {
  subnet: Subnet;
  what: string;
}

function rangesOf(network: ListedNetwork) {
  const subnets = (network.IPAM.Config ?? []).flatMap(({ Subnet }) =>
    Subnet?.includes(".") ? [Subnet] : [],
  );
  return subnets.map((subnet) => ({ subnet: parseSubnet(subnet), network }));
}

/** Shorter ones lead everything somewhere, as the default route does, and are in nobody's way. */
const shortestRoute = 8;

/** The addresses and routes of this machine; none where the engine is on another one, or its routes can't be read. */
function machineRanges(): Range[] {
  if (process.platform !== "linux" || engineSocket() === undefined) return [];
  const addresses = Object.entries(networkInterfaces()).flatMap(([device, all = []]) =>
    all.flatMap(({ family, cidr, internal }) =>
      family === "IPv4" && cidr && !internal
        ? [{ subnet: parseSubnet(cidr), what: `the addresses of this machine's ${device}` }]
        : [],
    ),
  );
  return [...addresses, ...routesIn(readRoutes())].filter(({ subnet }) => subnet.prefix >= shortestRoute);
}

function readRoutes(): string {
  try {
    return readFileSync("/proc/net/route", "utf8");
  } catch {
    return "";
  }
}

/** The routes of a machine. Source: `fib_route_seq_show` of Linux; addresses are in the order of the machine's bytes. */
export function routesIn(table: string): Range[] {
  const rows = table.split("\n").slice(1).filter(Boolean);
  return rows.map((row) => {
    const [device = "", destination = "", , , , , , mask = ""] = row.split("\t");
    const prefix = bytes(mask).join("").replaceAll("0", "").length;
    const address = bytes(destination).map((bits) => Number.parseInt(bits, 2));
    return {
      subnet: parseSubnet(`${address.join(".")}/${prefix}`),
      what: `a route of this machine by ${device}`,
    };
  });
}

/** The four bytes of a number in hex, the lowest first, in bits. */
function bytes(hex: string): string[] {
  const all = hex.match(/../g) ?? [];
  return all.reverse().map((byte) => Number.parseInt(byte, 16).toString(2).padStart(8, "0"));
}

/** Ranges that networks of one's own are cut from. Source: RFC 1918; the first leaves out what the stacks have by default. */
const privateRanges = ["172.24.0.0/13", "10.0.0.0/8", "192.168.0.0/16"];

/** A range of that size which none of those overlaps; undefined where there is none. */
function freeSubnet(prefix: number, taken: readonly Subnet[]): string | undefined {
  const step = 2 ** (32 - Math.min(prefix, 16));
  for (const range of privateRanges.map(parseSubnet)) {
    const size = 2 ** (32 - range.prefix);
    for (let offset = 0; prefix >= range.prefix && offset < size; offset += step) {
      const candidate = parseSubnet(`${addressAt(range, offset)}/${prefix}`);
      if (!taken.some((other) => overlap(other, candidate))) return formatSubnet(candidate);
    }
  }
  return undefined;
}
