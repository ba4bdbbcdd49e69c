import type { Settings } from "../config/schema";
import { buildService, type Place, type ServiceTemplate } from "./service";
import type { Tier } from "./types";

/** What a stack's tiers are made of. */
export interface Parts {
  stack: string;
  settings: Settings;
  /** The services there are to be; the order is the order of the tiers. */
  templates: readonly ServiceTemplate[];
  place: Place;
}

/** The tiers from the bottom up, each service with the configuration that is made from all of them. */
export function assemble(parts: Parts): Tier[] {
  return configured(inTiers(parts), parts);
}

/** The services by tier; each waits for the whole tier below it, besides what it names itself. */
function inTiers({ templates, settings, place: placeOf }: Parts): Tier[] {
  const places = [...new Set(templates.map(({ place }) => place))];
  return places.map((place, index) => {
    const below = templates
      .filter((template) => template.place === places[index - 1])
      .map(({ name }) => name);
    const services = templates
      .filter((template) => template.place === place)
      .map((template) => buildService(template, { settings, place: placeOf }))
      .map((service) => ({ ...service, dependsOn: [...new Set([...below, ...service.dependsOn])] }));
    return { number: place.number, name: place.name, services };
  });
}

/** The tiers with the configuration that is made from all of them. */
function configured(tiers: Tier[], { templates, stack, settings }: Parts): Tier[] {
  const byName = new Map(templates.map((template) => [template.name, template]));
  const cluster = { stack, tiers: tiers.map(withoutReplicas), settings };
  return tiers.map((tier) => ({
    ...tier,
    services: tier.services.map((service) => {
      const { configs, liveConfigs } = byName.get(service.name) ?? {};
      return {
        ...service,
        ...(configs ? { configs: configs(cluster) } : {}),
        ...(liveConfigs ? { liveConfigs: liveConfigs(cluster) } : {}),
      };
    }),
  }));
}

function withoutReplicas(tier: Tier): Tier {
  return { ...tier, services: tier.services.filter(({ replicaOf }) => replicaOf === undefined) };
}
