import { unknownText } from "../resource";
import { breach, containerRule, resourceRule } from "../rule";

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
    check: ({ image }) => breach(image !== unknownText && !namesBytes.test(image), "image", image),
    example: { image: "nginx:latest" },
  }),
  resourceRule({
    id: "upstream-by-digest",
    type: "mcpdocker:index:Image",
    title: "Upstream images are pulled by digest",
    reference: ["CIS 5.28", "CIS 4.2", "OWASP 13"],
    level: "advisory", // a stack that is in production makes it mandatory
    remedy:
      "end the reference in `@sha256:…`; `docker buildx imagetools inspect REFERENCE` prints the digest",
    check({ inputs: { request } }) {
      if (request.source !== "registry") return [];
      const references = [
        ...(request.reference ? [request.reference] : []),
        ...Object.values(request.bases ?? {}),
      ];
      return references.flatMap((reference) =>
        breach(!namesBytes.test(reference), "request.reference", reference),
      );
    },
    example: {
      inputs: {
        request: { image: "nginx", source: "registry", reference: "registry.example.com/nginx:1.30" },
      },
    },
  }),
];
