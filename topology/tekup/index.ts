import type { Settings } from "../../config/schema";
import type { ImageSource } from "../../imaging/types";
import { assemble } from "../assemble";
import { parseSubnet } from "../ipv4";
import { buildSecrets, buildVolumes, type ServiceTemplate } from "../service";
import type { AbsentService, Topology } from "../types";
import { jaeger } from "../tracing";
import { watching } from "../watching";
import { gateway } from "./gateway";
import { apart, together } from "./isolation";
import { tekupPlaces } from "./places";
import { withReplicas } from "./replicas";
import { tekupServers } from "./servers";

/** Every service of a TekUp stack; the order is the order of the tiers. */
export function tekupServices(settings: Settings, source: ImageSource): ServiceTemplate[] {
  const servers = tekupServers(settings);
  const monitoring = [...watching(settings, source), jaeger];
  const all = [
    ...servers.flatMap((server) => withReplicas(server, settings)),
    gateway(settings, servers),
    ...monitoring.map((template) => ({ ...template, place: tekupPlaces.monitoring })),
  ];
  return all.filter(({ place }) => place.number <= settings.tiers);
}

/** TekUp: MCP servers, the gateway in front of them, and what watches both. */
export function tekupTopology(
  stack: string,
  settings: Settings,
  templates: readonly ServiceTemplate[],
  absent: AbsentService[],
): Topology {
  const subnet = parseSubnet(settings.networkSubnet ?? "172.22.0.0/16");
  const networkName = settings.networkName ?? `${settings.namePrefix}tekup-mcp-network`;
  const { networks, place } = settings.networkIsolation
    ? apart(networkName, subnet, templates, settings)
    : together(networkName, subnet);
  return {
    stack,
    system: "tekup",
    networks,
    secrets: templates.flatMap((template) =>
      template.replicaOf === undefined ? buildSecrets(template, settings) : [],
    ),
    volumes: buildVolumes(templates, settings),
    tiers: assemble({ stack, settings, templates, place }),
    absent,
  };
}
