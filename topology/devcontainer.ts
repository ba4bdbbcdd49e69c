import type { Settings } from "../config/schema";
import type { ImageSource } from "../imaging/types";
import { buildkit, k8sPlugin } from "./build-tools";
import { dashboardViewer } from "./dashboards";
import { mariadb, postgres } from "./databases";
import { parseSubnet } from "./ipv4";
import { mariadbMcp, postgresMcp, pythonExperimental } from "./mcp-servers";
import { cadvisor, mysqlExporter, nodeExporter, postgresExporter } from "./exporters";
import { alertmanager, nginx, prometheus } from "./monitoring";
import { ownNetwork } from "./networks";
import { runner } from "./runner";
import { buildSecrets, buildService, buildVolumes, type ServiceTemplate } from "./service";
import type { AbsentService, Tier, Topology } from "./types";
import { watchdog } from "./watchdog";
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
    nginx,
    prometheus(settings),
    dashboardViewer(source),
    alertmanager(settings),
    watchdog,
    cadvisor,
    nodeExporter,
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
  const tiers = configured(inTiers(templates, settings), templates, stack, settings);
  return {
    stack,
    system: "devcontainer",
    networks: [ownNetwork(settings.networkName ?? `${settings.namePrefix}mcp-cluster`, subnet)],
    secrets: templates.flatMap((template) => buildSecrets(template, settings)),
    volumes: buildVolumes(templates, settings),
    tiers,
    reservations: [],
    absent,
  };
}

/** The services by tier; each waits for the whole tier below it, besides what it names itself. */
function inTiers(templates: readonly ServiceTemplate[], settings: Settings): Tier[] {
  const subnet = parseSubnet(settings.networkSubnet ?? "172.20.0.0/16");
  const places = [...new Set(templates.map(({ place }) => place))];
  return places.map((place, index) => {
    const below = templates
      .filter((template) => template.place === places[index - 1])
      .map(({ name }) => name);
    const services = templates
      .filter((template) => template.place === place)
      .map((template) => buildService(template, { settings, subnet }))
      .map((service) => ({ ...service, dependsOn: [...new Set([...below, ...service.dependsOn])] }));
    return { number: place.number, name: place.name, services };
  });
}

/** The tiers with the configuration that is made from all of them. */
function configured(
  tiers: Tier[],
  templates: readonly ServiceTemplate[],
  stack: string,
  settings: Settings,
): Tier[] {
  const configs = new Map(templates.map((template) => [template.name, template.configs]));
  return tiers.map((tier) => ({
    ...tier,
    services: tier.services.map((service) => {
      const make = configs.get(service.name);
      return make ? { ...service, configs: make({ stack, tiers, settings }) } : service;
    }),
  }));
}
