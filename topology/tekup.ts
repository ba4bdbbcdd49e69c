import type { Settings } from "../config/schema";
import { addressAt, parseSubnet } from "./ipv4";
import { ownNetwork } from "./networks";
import type { Topology } from "./types";

/**
 * TekUp: the network and the gateway's place in it. Its servers join when their images exist.
 * Source: the TekUp specification, "Container Struktur" (name and port of the gateway, name of the network).
 */
export function tekupTopology(stack: string, settings: Settings): Topology {
  const subnet = parseSubnet(settings.networkSubnet ?? "172.22.0.0/16");
  return {
    stack,
    system: "tekup",
    networks: [ownNetwork(settings.networkName ?? `${settings.namePrefix}tekup-mcp-network`, subnet)],
    secrets: [],
    volumes: [],
    tiers: [],
    absent: [],
    reservations: [{ name: "mcp-gateway", address: addressAt(subnet, 10), port: 3000 }],
  };
}
