import { execFile } from "node:child_process";
import { join } from "node:path";
import { conformant } from "./fixture/conformance";
import { type Fixture, serveFixture } from "./fixture/serve";
import { node22 } from "./node22";
import { gatewayFor } from "./support";

const modules = join(__dirname, "..", "..", "..", "node_modules");
const suite = join(modules, "@modelcontextprotocol", "conformance", "dist", "index.js");

/** The suite needs Node 22. */
let node: string;

/** How many checks of each scenario passed and failed; without those of an extension that the fixture has not. */
async function run(
  version: string,
  url: string,
): Promise<Record<string, { passed: number; failed: number }>> {
  const args = [suite, "server", "--url", url, "--suite", "all", "--spec-version", version];
  const output = await new Promise<string>((resolve) =>
    execFile(node, args, { maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => resolve(stdout + stderr)),
  );
  const lines = [...output.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed$/gm)].flatMap(
    ([, name = "", passed, failed]) =>
      name.startsWith("tasks-") ? [] : [[name, { passed: Number(passed), failed: Number(failed) }] as const],
  );
  if (lines.length === 0) throw new Error(output);
  return Object.fromEntries(lines);
}

const failing = (results: Awaited<ReturnType<typeof run>>) =>
  Object.keys(results).filter((name) => results[name]!.failed > 0);

let both: Fixture;
let legacy: Fixture;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;

beforeAll(async () => {
  node = await node22();
  both = await serveFixture(conformant, "both");
  legacy = await serveFixture(conformant, "legacy");
  gateway = await gatewayFor({ both: both.url, legacy: legacy.url });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([both.close(), legacy.close()]);
});

describe("the protocol's conformance suite", () => {
  it.each(["2025-11-25", "2026-07-28"])(
    "finds of %s through the gateway what it finds without",
    async (version) => {
      const [direct, through] = await Promise.all([
        run(version, both.url.replace("127.0.0.1", "localhost")),
        run(version, gateway.url("/mcp/both").replace("127.0.0.1", "localhost")),
      ]);
      expect(failing(direct)).toEqual([]);
      expect(through).toEqual(direct);
      expect(Object.keys(direct).length).toBeGreaterThan(30);
    },
  );

  it("finds a server of the legacy era to be a modern one behind the gateway, but for what that era has not", async () => {
    const through = await run("2026-07-28", gateway.url("/mcp/legacy").replace("127.0.0.1", "localhost"));
    expect(failing(through).sort()).toEqual([
      "http-custom-header-server-validation", // it knows no headers that repeat a tool's arguments,
      "input-required-result-basic-elicitation", // its questions have ids, not names of its choosing,
      "input-required-result-capability-check",
      "server-stateless", // and it refuses what the client can't be asked by words of its own
    ]);
  });
});
