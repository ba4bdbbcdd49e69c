/** A package as OSV knows it. Source: the OSV schema, "affected[].package field". */
export interface OsvPackage {
  ecosystem: string;
  name: string;
  version: string;
}

/**
 * The package that a package URL of a bill of materials stands for; undefined where OSV knows no such kind.
 * Source: the specification of package URLs and of their types.
 */
export function osvPackage(purl: string): OsvPackage | undefined {
  const [, type = "", path = "", versionText = "", query = ""] =
    /^pkg:([a-z]+)\/([^@?#]+)@([^?#]+)(?:\?([^#]*))?/.exec(purl) ?? [];
  const name = path.split("/").map(decodeURIComponent).join("/");
  const version = decodeURIComponent(versionText);
  switch (type) {
    case "npm":
      return { ecosystem: "npm", name, version };
    case "pypi":
      return { ecosystem: "PyPI", name, version };
    case "golang":
      return { ecosystem: "Go", name, version: version.replace(/^v/, "") };
    case "maven":
      return { ecosystem: "Maven", name: name.replace("/", ":"), version };
    case "deb":
      return debianSource(name, version, new URLSearchParams(query.replaceAll("+", "%2B")));
    default:
      return undefined;
  }
}

/** Advisories are about source packages of a release. */
function debianSource(name: string, version: string, qualifiers: URLSearchParams): OsvPackage | undefined {
  const [, release] = /^debian-(\d+)/.exec(qualifiers.get("distro") ?? "") ?? [];
  if (!name.startsWith("debian/") || release === undefined) return undefined;
  const [source = "", sourceVersion = version] = (qualifiers.get("upstream") ?? "").split("@");
  return {
    ecosystem: `Debian:${release}`,
    name: source || name.slice("debian/".length),
    version: sourceVersion,
  };
}

/** A text that is the same for the same package. */
export function packageKey({ ecosystem, name, version }: OsvPackage): string {
  return `${ecosystem} ${name} ${version}`;
}
