import { lastEvent } from "../events";
import { type Evidence, finding, type Finding } from "../finding";

/** Whether each name that the stack holds an image under still leads to that image. */
export function images(evidence: Evidence): Finding[] {
  const { expected, observed } = evidence;
  return expected.images.flatMap(({ reference, imageId }) => {
    const found = observed.images.get(reference);
    if (found?.Id === imageId) return [];
    // Of a name that is given the engine tells the name, of one that is taken away the image that had it.
    const tagged = lastEvent(observed.events, {
      type: "image",
      actions: [found ? "tag" : "untag"],
      about: found ? reference : imageId,
    });
    const trace = { since: tagTime(found?.Metadata?.LastTagTime), ...tagged };
    const there = observed.images.has(imageId);
    return [
      finding(
        evidence,
        {
          kind: "image",
          object: reference,
          what: found ? "retagged" : "untagged",
          expected: imageId,
          found: found?.Id ?? "none",
          trace,
        },
        there ? { repair: { do: "tag", imageId, reference } } : { command: evidence.line("up") },
      ),
    ];
  });
}

/** The year 1 is the engine's word for never. */
function tagTime(time: string | undefined): string | undefined {
  const milliseconds = Date.parse(time ?? "");
  return milliseconds > 0 ? new Date(milliseconds).toISOString() : undefined;
}
