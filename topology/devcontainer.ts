import type { Settings } from "../config/schema";
import type { ImageSource } from "../imaging/types";
import { assemble } from "./assemble";
import { buildkit, k8sPlugin } from "./build-tools";
import { mariadb, postgres } from "./databases";
import { parseSubnet } from "./ipv4";
import { containerLogs } from "./logs";
import { mariadbMcp, postgresMcp, pythonExperimental } from "./mcp-servers";
import { mysqlExporter, postgresExporter } from "./exporters";
import { onOwnNetwork, ownNetwork } from "./networks";
import { runner } from "./runner";
import { buildSecrets, buildVolumes, type ServiceTemplate } from "./service";
import type { AbsentService, Topology } from "./types";
import { watching } from "./watching";
import { workspace } from "./workspace";

/** Every service of the devcontainer cluster that the settings ask for; the order is the order of the tiers. */
export function devcontainerServices(settings: Settings, source: ImageSource): ServiceTemplate[] {
  const all = [
    postgres,
    mariadb,
    postgresMcp,
    mariadbMcp,
    pythonExperimental,
    k8sPlugin(settings.kubeconfig),
    buildkit,
    ...(settings.runner ? [runner(settings.runner)] : []),
    ...watching(settings, source),
    postgresExporter,
    mysqlExporter,
    workspace(settings),
  ];
  return all.filter(({ place }) => place.number <= settings.tiers);
}

/** The devcontainer cluster: tiers on one bridge, each started when the one below is healthy. */
export function devcontainerTopology(
  stack: string,
  settings: Settings,
  templates: readonly ServiceTemplate[],
  absent: AbsentService[],
): Topology {
  const subnet = parseSubnet(settings.networkSubnet ?? "172.20.0.0/16");
  const place = onOwnNetwork(subnet);
  return {
    stack,
    system: "devcontainer",
    networks: [ownNetwork(settings.networkName ?? `${settings.namePrefix}mcp-cluster`, subnet)],
    secrets: templates.flatMap((template) => buildSecrets(template, settings)),
    volumes: buildVolumes(templates, settings),
    tiers: assemble({ stack, settings, templates, place }),
    logs: containerLogs(settings, false),
    absent,
  };
}
