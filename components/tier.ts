import * as pulumi from "@pulumi/pulumi";
import type { Tier } from "../topology";
import type { StackImages } from "./images";
import { type RunningService, ServiceContainer, type ServiceParts } from "./service";

/** What a tier is handed; its own services are added for the tiers above it. */
export interface TierParts extends Omit<ServiceParts, "imageId" | "tier"> {
  images: StackImages;
}

/** The services of one tier. A tier knows only what it is handed, never another tier. */
export class ServiceTier extends pulumi.ComponentResource {
  /** The tier's services by name. */
  readonly services: ReadonlyMap<string, RunningService>;

  constructor(tier: Tier, { images, ...parts }: TierParts, options: pulumi.ComponentResourceOptions) {
    super("mcp:docker:Tier", `tier-${tier.number}-${tier.name}`, {}, options);
    this.services = new Map(
      tier.services.map((service) => [
        service.name,
        new ServiceContainer(
          service,
          { ...parts, tier: tier.number, imageId: images(service.image) },
          { parent: this },
        ),
      ]),
    );
    this.registerOutputs({});
  }
}
