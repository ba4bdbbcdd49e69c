import type { Settings } from "../../config/schema";
import type { ImageSource } from "../../imaging/types";
import { assemble } from "../assemble";
import { parseSubnet } from "../ipv4";
import { containerLogs, hasLogStore, logServices } from "../logs";
import { buildSecrets, buildVolumes, type ServiceTemplate } from "../service";
import { hasTls } from "../tls";
import { jaeger } from "../tracing";
import type { AbsentService, AuthoritySpec, Topology } from "../types";
import { watching } from "../watching";
import { gateway } from "./gateway";
import { hostedServers } from "./hosted";
import { apart, together } from "./isolation";
import { tekupPlaces } from "./places";
import { following } from "./reload";
import { withReplicas } from "./replicas";
import { tekupServers } from "./servers";

/** Every service of a TekUp stack; the order is the order of the tiers. */
export function tekupServices(settings: Settings, source: ImageSource): ServiceTemplate[] {
  const own = tekupServers(settings).map((template) => following(template, settings));
  const servers = [...own, ...hostedServers(settings)];
  const monitoring = [...watching(settings, source), jaeger(settings), ...logServices(settings)];
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
    ...(hasTls(settings) ? { authority: authority(settings) } : {}),
    tiers: assemble({ stack, settings, templates, place }),
    logs: containerLogs(settings, hasLogStore(templates)),
    absent,
  };
}

function authority({ tls: { days, renewDays, rotation } }: Settings): AuthoritySpec {
  return { days, renewDays, rotation };
}
