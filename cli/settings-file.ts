import { UsageError } from "./usage-error";
import { isCollection, isScalar, parseDocument } from "yaml";

/** A step into a setting: a key, or a place in a list. */
type Step = string | number;

/**
 * The text of a stack's settings file with one setting changed; all else, comments too, stays as it is.
 * @param path the setting's full key without the steps into it, then those.
 * @param value what it is to be; undefined takes it out.
 * @throws UsageError where something on the way is neither a map nor a list.
 */
export function withSetting(text: string, path: readonly Step[], value: unknown): string {
  const document = parseDocument(text);
  const whole = ["config", ...path];
  for (let depth = 1; depth < whole.length; depth += 1) {
    const way = whole.slice(0, depth);
    const node = document.getIn(way, true);
    if (node === undefined || node === null || isCollection(node)) continue;
    const content = isScalar(node) ? fromText(node.value) : undefined;
    if (content === undefined && isScalar(node) && node.value === null) document.deleteIn(way);
    else if (typeof content === "object" && content !== null)
      document.setIn(way, document.createNode(content));
    else
      throw new UsageError(
        `${way.slice(1).join(".")} is neither a map nor a list: there is nothing in it to change`,
      );
  }
  if (value !== undefined) document.setIn(whole, document.createNode(value));
  else if (document.hasIn(whole)) document.deleteIn(whole);
  return document.toString({ lineWidth: 0, ...styleOf(text) });
}

/** How a file is written, as far as that can be told once for all of it. */
function styleOf(text: string): { indent: number; flowCollectionPadding: boolean } {
  const [, indent = "  "] = /^( +)[^\s#-]/m.exec(text) ?? [];
  return { indent: indent.length, flowCollectionPadding: !/[:-] [{[][^\s}\]]/.test(text) };
}

/** Pulumi keeps a map that was set as a whole as text. */
function fromText(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}
