/** A package of Debian's, or of a distribution that is made from it, that is installed in an image. */
export interface DebianPackage {
  name: string;
  version: string;
  architecture: string;
  /** What it was built from, by which advisories name it. */
  source: { name: string; version: string };
}

/** The distribution that an image stands on: `debian` and `12`. */
export interface Distribution {
  id: string;
  version: string;
}

/** What dpkg's status says is installed. Source: deb-control(5), and dpkg's documentation of the field `Status`. */
export function installed(status: string): DebianPackage[] {
  return status.split("\n\n").flatMap((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(paragraph)?.[1];
    const [name, version, architecture] = [field("Package"), field("Version"), field("Architecture")];
    const state = field("Status");
    if (!name || !version || (state !== undefined && !state.endsWith(" installed"))) return [];
    const [, source = name, sourceVersion = version] =
      /^(\S+)(?: \((.+)\))?$/.exec(field("Source") ?? "") ?? [];
    return [
      {
        name,
        version,
        architecture: architecture ?? "all",
        source: { name: source, version: sourceVersion },
      },
    ];
  });
}

/** What os-release says the distribution is; undefined where it has no release, as Debian's own next one. */
export function distributionOf(osRelease: string): Distribution | undefined {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]+)"?$`, "m").exec(osRelease)?.[1];
  const [id, version] = [field("ID"), field("VERSION_ID")];
  return id && version ? { id, version } : undefined;
}
