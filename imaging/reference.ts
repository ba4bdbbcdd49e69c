import upstream from "../images/upstream.json";
import { canBuild, recipeOf, standsOn } from "./recipe";
import type { ImageRequest } from "./types";

interface Upstream {
  /** The registry's host where it is not Docker's own. */
  registry?: string;
  repository: string;
  tag: string;
  digest: string;
}

const upstreamRegistry = "docker.io";

/** The upstream images by name, as images/upstream.json pins them. */
export const upstreamImages: Record<string, Upstream> = upstream.images;

/** What the engine is asked to pull, and what of it decides the image's bytes. */
export interface PulledImage {
  reference: string;
  identity: string;
}

/**
 * The upstream image of a recipe: pinned by digest, from a mirror where one is set, or the reference that takes its
 * place altogether.
 * @throws where upstream has no such image and nothing takes its place.
 */
export function pulledImage(
  name: string,
  overrides: { registryPrefix?: string | undefined; reference?: string | undefined },
): PulledImage {
  const { registryPrefix, reference } = overrides;
  if (reference !== undefined)
    return { reference, identity: /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1] ?? reference };
  const image = upstreamImages[name];
  if (!image)
    throw new Error(
      `there is no upstream image for "${name}"; give its reference, or use the source "build"`,
    );
  const host = registryPrefix?.replace(/\/*$/, "") ?? image.registry ?? upstreamRegistry;
  return { reference: `${host}/${image.repository}@${image.digest}`, identity: image.digest };
}

/** Whether a reference means the same bytes for ever, so that they can be kept. */
export function isPinned(image: PulledImage): boolean {
  return image.identity.startsWith("sha256:");
}

/** The images that a build stands on, by the argument that its Dockerfile gets each as. */
export type Foundations = Record<string, ImageRequest>;

/** How the image that a request names comes to be: pulled, or built on others. */
export type Origin = { kind: "pull"; image: PulledImage } | { kind: "build"; foundations: Foundations };

/** Decides a request's origin; the one place that knows what the two sources mean. */
export function originOf(request: ImageRequest): Origin {
  const recipe = recipeOf(request.image);
  const pulls = request.source === "registry" && recipe.upstream !== undefined;
  if (request.reference !== undefined && !pulls) {
    const why =
      request.source === "build" ? `the source is "build"` : `${request.image} is always built here`;
    throw new Error(`a reference for ${request.image} has no use: ${why}`);
  }
  if (pulls) return { kind: "pull", image: pulledImage(recipe.upstream ?? request.image, request) };
  if (request.source === "build" && !canBuild(request.image))
    throw new Error(`${request.image} can't be built here, only pulled: set the image source "registry"`);
  const foundations = Object.entries(standsOn(recipe)).map(([argument, image]) => [
    argument,
    foundation(image, request),
  ]);
  return { kind: "build", foundations: Object.fromEntries(foundations) as Foundations };
}

/** The request for an image that another one stands on: from the same source, by the same settings. */
function foundation(image: string, { source, registryPrefix, bases }: ImageRequest): ImageRequest {
  const reference = source === "registry" ? bases?.[image] : undefined;
  return {
    image,
    source,
    ...(registryPrefix === undefined ? {} : { registryPrefix }),
    ...(reference === undefined ? {} : { reference }),
    ...(bases === undefined ? {} : { bases }),
  };
}
