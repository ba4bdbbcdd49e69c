import type { ImageRequest } from "../../imaging/types";
import { isOf, type Resource } from "../resource";
import { breach, containerRule, stackRule } from "../rule";

const isImage = isOf("mcpdocker:index:Image");

/** An image's ID, or a reference that ends in a digest: the same bytes for ever. */
const namesBytes = /^(sha256:|\S+@sha256:)[0-9a-f]{64}$/;

/** What containers run. */
export const images = [
  containerRule({
    id: "image-by-content",
    title: "Containers name their image by its ID or digest, never by a tag that moves",
    reference: ["CIS 5.28", "OWASP 13"],
    level: "mandatory",
    remedy: "take the `imageId` of the image that the stack holds",
    check: ({ image }) => breach(!namesBytes.test(image ?? ""), "image", image),
    example: { image: "nginx:latest" },
  }),
  stackRule({
    id: "upstream-by-digest",
    title: "Upstream images are pulled by digest",
    reference: ["CIS 5.28", "CIS 4.2", "OWASP 13"],
    level: "advisory", // a stack that is in production makes it mandatory
    remedy:
      "end the reference in `@sha256:…`, which `docker buildx imagetools inspect REFERENCE` prints, or set none: the project's own are pinned",
    checkStack({ resources }) {
      const pulled = resources.filter(isImage).filter(({ inputs }) => inputs.request.source === "registry");
      const references = new Map(pulled.flatMap((resource) => referencesOf(resource)));
      return [...references].flatMap(([image, { reference, resource }]) =>
        breach(!namesBytes.test(reference), `imageReferences.${image}`, reference).map((found) => ({
          resource: pulled.find(({ name }) => name === image) ?? resource,
          ...found,
        })),
      );
    },
    example: (resources) =>
      resources.map((resource) =>
        isImage(resource)
          ? { ...resource, inputs: { ...resource.inputs, request: unpinned(resource.inputs.request) } }
          : resource,
      ),
  }),
];

/** The references that settings give for an image and for those it is built on; every image is told all of them. */
function referencesOf(resource: Resource<"mcpdocker:index:Image">) {
  const { image, reference, bases = {} } = resource.inputs.request;
  const given = { ...bases, ...(reference ? { [image]: reference } : {}) };
  return Object.entries(given).map(([name, text]) => [name, { reference: text, resource }] as const);
}

function unpinned(request: ImageRequest): ImageRequest {
  return { ...request, reference: "registry.example.com/nginx:1.30" };
}
