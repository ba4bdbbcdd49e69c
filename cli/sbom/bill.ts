import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { version } from "../../package.json";
import type { Part } from "../../imaging/parts";
import type { DebianPackage, Distribution } from "./debian";

/** What a bill of materials is of. */
export interface Billed {
  /** The image's name in the topology. */
  image: string;
  imageId: string;
  parts: readonly Part[];
  debian: readonly DebianPackage[];
  distribution: Distribution | undefined;
}

/** A software bill of materials, CycloneDX 1.6 as JSON. The same image has the same text: it tells no time and no number of its own. */
export function billOfMaterials({ image, imageId, parts, debian, distribution }: Billed): string {
  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      component: new Models.Component(Enums.ComponentType.Container, image, {
        bomRef: image,
        version: imageId,
      }),
      tools: new Models.Tools({
        components: new Models.ComponentRepository([
          new Models.Component(Enums.ComponentType.Application, "mcp-environments", {
            version,
          }),
        ]),
      }),
    }),
    components: new Models.ComponentRepository([
      ...parts.map(ofPart),
      ...debian.map((found) => ofDebian(found, distribution)),
    ]),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function ofPart({ registry, name, version, checksums }: Part): Models.Component {
  const purl = `pkg:${registry}/${path(name)}@${encodeURIComponent(version)}`;
  // Of several wheels no machine has more than one, and a hash is of one file.
  const [checksum, ...others] = checksums;
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: purl,
    purl,
    version,
    ...(checksum && others.length === 0
      ? { hashes: new Models.HashDictionary([[hashOf[checksum.algorithm], checksum.hex]]) }
      : {}),
  });
}

const hashOf = {
  "SHA-256": Enums.HashAlgorithm["SHA-256"],
  "SHA-512": Enums.HashAlgorithm["SHA-512"],
} as const;

/** The qualifiers are those that scanners look for: the release, and the source package that advisories name. */
function ofDebian(
  { name, version, architecture, source }: DebianPackage,
  { id, version: release }: Distribution = { id: "debian", version: "" },
): Models.Component {
  const upstream = source.version === version ? source.name : `${source.name}@${source.version}`;
  const qualifiers = [
    `arch=${architecture}`,
    ...(release ? [`distro=${id}-${release}`] : []),
    `upstream=${encodeURIComponent(upstream)}`,
  ].join("&");
  const purl = `pkg:deb/${id}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${qualifiers}`;
  return new Models.Component(Enums.ComponentType.Library, name, { bomRef: purl, purl, version });
}

/** A name as package URLs have it: each part between slashes encoded. Source: the specification of package URLs. */
function path(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
