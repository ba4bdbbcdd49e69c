import type { Service, Tier } from "./types";

/** The part of a topology that its services stand in. */
interface Tiers {
  tiers: readonly Tier[];
}

/** All services of a stack, tier by tier. */
export function allServices({ tiers }: Tiers): Service[] {
  return tiers.flatMap(({ services }) => services);
}

/** The images that a stack's services are made from, each once, however many services it is for. */
export function imagesOf(topology: Tiers): string[] {
  return [...new Set(allServices(topology).map(({ image }) => image))];
}
