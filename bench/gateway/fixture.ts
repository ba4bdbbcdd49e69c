import { join } from "node:path";
import { run } from "../../cli/process";
import { cacheFolder } from "../../imaging/cache";
import { hasProgram } from "../../imaging/command";
import { freePorts } from "../../test/engine/support/ports";
import { serveProgram, type Serving } from "./program";
import type { Era } from "./requests";

/** The servers that all who are compared stand in front of: one of each era. */
export interface Fixture extends Serving {
  url(era: Era): string;
}

/** Builds the fixture and starts it. @throws Error where there is no Go, or it does not compile. */
export async function startFixture(): Promise<Fixture> {
  if (!hasProgram("go"))
    throw new Error("Go is missing, which the bench's own server is built with; see README.md");
  const program = join(cacheFolder("bench"), "gateway-fixture");
  const lines: string[] = [];
  const cwd = join(__dirname, "fixture");
  const code = await run("go", ["build", "-o", program, "."], {
    cwd,
    onLine: (line) => void lines.push(line),
  });
  if (code !== 0) throw new Error(`go build in ${cwd} failed:\n${lines.join("\n")}`);
  const [modern = 0, legacy = 0] = await freePorts(2);
  const at = { modern: `127.0.0.1:${modern}`, legacy: `127.0.0.1:${legacy}` };
  const args = ["-modern", at.modern, "-legacy", at.legacy];
  const serving = await serveProgram(program, args, { name: "gateway-fixture", port: modern });
  return { ...serving, url: (era) => `http://${at[era]}/mcp` };
}
