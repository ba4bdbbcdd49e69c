/**
 * A setting's full key as Pulumi writes it: `mcp:services.mariadb.probe.command[0]`, and in quotes what has a dot or a bracket of
 * its own.
 */
export function keyOf(namespace: string, path: readonly PropertyKey[]): string {
  const [first, ...rest] = path;
  if (first === undefined) return namespace;
  return `${namespace}:${String(first)}${rest.map(step).join("")}`;
}

/** The steps of such a key, without its namespace; those of lists are numbers. Undefined where it is no key. */
export function pathOf(key: string): (string | number)[] | undefined {
  const [, , rest = ""] = /^([^:]+):(.+)$/.exec(key) ?? [];
  const steps: (string | number)[] = [];
  const form = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;
  while (form.lastIndex < rest.length) {
    const [, name, index, quoted] = form.exec(rest) ?? [];
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else return undefined;
  }
  return steps.length > 0 && typeof steps[0] === "string" ? steps : undefined;
}

function step(part: PropertyKey): string {
  if (typeof part === "number") return `[${part}]`;
  const name = String(part);
  return /^[^.[\]"]+$/.test(name) ? `.${name}` : `["${name.replaceAll(/["\\]/g, "\\$&")}"]`;
}
