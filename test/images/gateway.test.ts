import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { docker } from "../../engine/docker";
import { ensureImage } from "../../imaging";
import { type Collector, startCollector } from "../../services/host/test/otlp";
import { testLabel } from "./template-container";

// The gateway's image in front of a server's own image, both as restricted as in a stack, on one network.
const name = `mcptest-gateway-${randomBytes(4).toString("hex")}`;
const containers = { gateway: name, server: `${name}-server` };
const folder = mkdtempSync(join(tmpdir(), `${name}-`));
let collector: Collector;
let url: string;

beforeAll(async () => {
  await docker(["network", "create", "--label", testLabel, name]);
  const host = await docker(["network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", name]);
  collector = await startCollector(host.trim());
  writeFileSync(join(folder, "note.txt"), "from one image to the other");
  const servers = { files: { url: `http://${containers.server}:3002` } };
  writeFileSync(join(folder, "gateway.json"), JSON.stringify({ env: "test", servers }));
  chmodSync(folder, 0o755);
  await run("mcp-filesystem", containers.server, `${folder}:/data:ro`, { FILESYSTEM_READ_ROOTS: "/data" });
  await run("mcp-gateway", containers.gateway, `${folder}:/config:ro`, {
    MCP_GATEWAY_CONFIG: "/config/gateway.json",
  });
  await healthy();
  const address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  url = `http://${(await docker(["inspect", "--format", address, name])).trim()}:3000`;
}, 600_000);

afterAll(async () => {
  await docker(["rm", "--force", "--volumes", "--volumes", ...Object.values(containers)]);
  await docker(["network", "rm", name]);
  await collector.close();
  rmSync(folder, { recursive: true });
}, 60_000);

/** Runs an image of the project's by what its build gives, under no name that another test could take away. */
async function run(
  image: string,
  container: string,
  volume: string,
  environment: Record<string, string>,
): Promise<void> {
  const id = await ensureImage({ image, source: "build" }, { log: () => undefined });
  const variables = { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  await docker([
    ...["run", "--detach", "--name", container, "--label", testLabel, "--network", name],
    ...["--user", "10001:10001", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--memory", "256m", "--memory-swap", "256m", "--pids-limit", "64", "--volume", volume],
    ...Object.entries(variables).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    id,
  ]);
}

/** Waits until the image's own health check passes, which it does once the server behind it is reached. */
async function healthy(): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(200)) {
    try {
      return void (await docker(["exec", name, "mcp-gateway", "health"]));
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

test.each(["modern", "legacy"] as const)("serves a %s client through to the server", async (era) => {
  const mode = era === "modern" ? { pin: "2026-07-28" } : "legacy";
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toContain("files__read_text_file");
  const args = { path: "/data/note.txt" };
  const result = await client.callTool({ name: "files__read_text_file", arguments: args });
  expect(JSON.stringify(result.content)).toContain("from one image to the other");
  await client.close();
});

test("ends by itself, and as it should, when it is told to stop, and has told of every call by then", async () => {
  await docker(["stop", "--time", "20", ...Object.values(containers)]);
  for (const container of Object.values(containers)) {
    const state = await docker([
      "inspect",
      "--format",
      "{{.State.ExitCode}} {{.State.OOMKilled}}",
      container,
    ]);
    expect(state.trim()).toBe("0 false");
  }
  const calls = collector.spans.filter(({ name: span }) => span.startsWith("tools/call"));
  const kinds = calls.map(({ service, kind }) => `${service} ${kind}`).sort();
  const each = ["mcp-filesystem SERVER", "mcp-gateway CLIENT", "mcp-gateway SERVER"];
  expect(kinds).toEqual(each.flatMap((kind) => [kind, kind]));
  expect(new Set(calls.map(({ traceId }) => traceId)).size).toBe(2);
});
