import type { Settings } from "../config/schema";
import { mariadb, postgres } from "./databases";
import { addressAt, formatSubnet, parseSubnet } from "./ipv4";
import { mariadbMcp, postgresMcp, pythonExperimental } from "./mcp-servers";
import { buildSecrets, buildService, type ServiceTemplate } from "./service";
import type { Topology } from "./types";

/** Every service of the devcontainer cluster; the order is the order of the tiers. */
export const devcontainerServices: readonly ServiceTemplate[] = [
  postgres,
  mariadb,
  postgresMcp,
  mariadbMcp,
  pythonExperimental,
];

/** The devcontainer cluster: tiers on one bridge, each started when the one below is healthy. */
export function devcontainerTopology(stack: string, settings: Settings): Topology {
  const subnet = parseSubnet(settings.networkSubnet ?? "172.20.0.0/16");
  const places = [...new Set(devcontainerServices.map(({ place }) => place))];
  return {
    stack,
    system: "devcontainer",
    network: {
      name: settings.networkName ?? `${settings.namePrefix}mcp-cluster`,
      subnet: formatSubnet(subnet),
      gateway: addressAt(subnet, 1),
    },
    secrets: devcontainerServices.flatMap((template) => buildSecrets(template, settings)),
    volumes: devcontainerServices
      .flatMap(({ volumes }) => volumes)
      .map(({ volume }) => ({ name: volume, volumeName: `${settings.namePrefix}${volume}` })),
    tiers: places.map((place) => ({
      number: place.number,
      name: place.name,
      services: devcontainerServices
        .filter((template) => template.place === place)
        .map((template) => buildService(template, { settings, subnet })),
    })),
    reservations: [],
  };
}
