import { z } from "zod";

/**
 * The arguments of a tool, or a part of one that has parts of its own. Any other is refused with those that there are: what is
 * left out in silence, `limitt` for one, has the client believe that it was heeded. The tool's `inputSchema` says so, too.
 */
export function argumentsOf<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? unknown(issue) : undefined),
  });
}

function unknown({ keys = [], inst }: { keys?: string[]; inst?: unknown }): string {
  // That of the schema which was asked: it may be another one's extension.
  const names = inst instanceof z.ZodObject ? Object.keys(inst.shape) : [];
  const given = keys.map((key) => JSON.stringify(key)).join(" or ");
  const [first, ...more] = names;
  if (first === undefined) return `there is no argument ${given}: it takes none`;
  return `there is no argument ${given} here; ${more.length > 0 ? "there are" : "there is"} ${names.join(", ")}`;
}
