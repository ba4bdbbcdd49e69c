import { type PackageRegistry, registries } from "./registries";

/** A package that an image is made of: a server with all that it needs, on top of `mcp-host`. */
export interface HostedPackage {
  /** The image's name. */
  image: string;
  registry: PackageRegistry;
  /** As its registry knows it, for example `@modelcontextprotocol/server-memory`. */
  name: string;
  /** Exact. */
  version: string;
}

/**
 * The package that an image's name stands for: `npm:NAME@VERSION` or `pypi:NAME==VERSION`; undefined for the image of a
 * recipe.
 */
export function packageOf(image: string): HostedPackage | undefined {
  const colon = image.indexOf(":");
  const registry = image.slice(0, Math.max(colon, 0));
  if (!isRegistry(registry)) return undefined;
  return { image, registry, ...registries[registry].parse(image.slice(colon + 1)) };
}

/** The name of the image that a package of a registry is made into; the other way round. */
export function imageOf(registry: PackageRegistry, specifier: string): string {
  return `${registry}:${specifier}`;
}

/** An image's name as engines, files and tags can have it; another version of a package is another name. */
export function plainName(image: string): string {
  return packageOf(image) ? image.toLowerCase().replace(/[^a-z0-9]+/g, "-") : image;
}

function isRegistry(text: string): text is PackageRegistry {
  return Object.hasOwn(registries, text);
}

/** A Python package's name as all that count as the same are written. Source: the Python Packaging Authority, "Names and normalization". */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}
