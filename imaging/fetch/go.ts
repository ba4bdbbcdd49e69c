import * as path from "node:path";
import { projectRoot } from "../cache";
import { command, hasProgram } from "../command";
import type { Download } from "../recipe";
import type { FetchContext } from "./types";

/** The compiler collects garbage only beyond this much: it takes a tenth less time, and ends before it is there. */
const goCompilerMemory = { GOGC: "off", GOMEMLIMIT: "1GiB" };

/** Large clients of clouds, which hardly ever run here. */
const clients = ["aws", "Azure", "envoyproxy", "pb33f"];

/**
 * How programs are compiled: those of toolchain/build.sh, so that what both are made of is compiled once. What the linker would
 * drop again is not compiled, nothing is inlined in the clients, and no profile is weighed: that is nearly half of the time.
 */
export const goFlags: readonly string[] = [
  "-trimpath",
  "-buildvcs=false",
  "-pgo=off",
  "-gcflags=all=-dwarf=false",
  ...clients.map((client) => `-gcflags=github.com/${client}/...=-dwarf=false -l`),
];

/**
 * Builds a program with the host's Go: static, and the same bytes wherever it is built. It finds its modules by Go's own
 * configuration, and checks each against the module's go.sum.
 * @returns the program's file.
 */
export async function buildGo(download: Download & { kind: "go" }, context: FetchContext): Promise<string> {
  if (!hasProgram("go"))
    throw new Error(
      `${download.package} is built from Go modules, and there is no Go on the PATH: install Go ` +
        '(https://go.dev/doc/install), or set the image source "registry"',
    );
  const file = path.join(context.scratch, path.basename(download.as));
  const tags = download.tags ? ["-tags", download.tags.join(",")] : [];
  const ldflags = ["-s", "-w", ...(download.ldflags ? [download.ldflags] : [])].join(" ");
  const flags = ["-mod=readonly", ...goFlags, ...tags, "-ldflags", ldflags];
  await command("go", ["build", "-o", file, ...flags, download.package], {
    cwd: path.join(projectRoot, download.module),
    // The Go at hand rather than one to download, and nothing that asks for a C compiler.
    env: {
      ...goCompilerMemory,
      GOTOOLCHAIN: "local",
      GOWORK: "off",
      CGO_ENABLED: "0",
      GOOS: context.system ?? "linux",
      GOARCH: context.architecture,
    },
    logFile: context.logFile,
  });
  return file;
}
