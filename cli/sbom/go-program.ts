import type { Part } from "../../imaging/parts";

/** What a Go program says of how it was built begins with these bytes. Source: Go's package debug/buildinfo, since Go 1.18. */
const magic = Buffer.from("\xff Go buildinf:", "latin1");
const alignment = 16;
const headerSize = 32;
const flagsAt = 15;
const inline = 2;

/** What Go's own library is called among modules. */
const library = "stdlib";

/** Go lays as many bytes before and after its list of modules, for whoever looks for it in memory. */
const sentinelSize = 16;

/** The modules that a Go program was built of, Go's own library among them as `stdlib`; none where it is no Go program. */
export function goModules(program: Buffer): Part[] {
  for (let at = program.indexOf(magic); at >= 0; at = program.indexOf(magic, at + 1)) {
    if (at % alignment !== 0 || !((program[at + flagsAt] ?? 0) & inline)) continue;
    const [go, next] = textAt(program, at + headerSize);
    const [, version] = /^go(\d+\.\S+)/.exec(go) ?? [];
    if (version === undefined) continue;
    const [list] = textAt(program, next);
    return [part(library, version), ...listed(list.slice(sentinelSize, -sentinelSize))];
  }
  return [];
}

/** Whether it is Go's own library, of the release that a program was built with. */
export function isGoItself({ registry, name }: Part): boolean {
  return registry === "golang" && name === library;
}

/** A text with its length in front, as Go writes it, and where the next one begins. */
function textAt(program: Buffer, at: number): [text: string, next: number] {
  let [length, begin, shift] = [0, at, 0];
  for (;;) {
    const byte = program[begin++] ?? 0;
    length |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) break;
  }
  return [program.toString("latin1", begin, begin + length), begin + length];
}

/** Modules of the list with a version, each as what took its place where something did. */
function listed(list: string): Part[] {
  const lines = list.split("\n").map((line) => line.split("\t"));
  return lines.flatMap(([kind, name = "", version = ""], index) => {
    const replaced = lines[index + 1]?.[0] === "=>";
    const isModule = kind === "mod" || kind === "dep" || kind === "=>";
    return isModule && !replaced && version.startsWith("v") ? [part(name, version)] : [];
  });
}

function part(name: string, version: string): Part {
  return { registry: "golang", name, version, checksums: [] };
}
