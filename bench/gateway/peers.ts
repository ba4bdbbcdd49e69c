import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf, run } from "../../cli/process";
import { cacheFolder } from "../../imaging/cache";
import { hasProgram } from "../../imaging/command";
import type { Log } from "../../imaging/types";
import { freePort, freePorts } from "../../test/engine/support/ports";
import type { Start } from "./contenders";
import { jointUsage, serveProgram } from "./program";
import { type Endpoint, type Era, post } from "./requests";

/** FastMCP's proxy, which has neither keys nor limits here: one process for each of the fixture's servers. */
export const fastmcp: Start = async (fixture, log) => {
  const python = await pythonWith("fastmcp==4.1.2", log);
  if (python === undefined) return undefined;
  const ports = await freePorts(2);
  const eras: Era[] = ["modern", "legacy"];
  const program = join(__dirname, "peers/fastmcp_proxy.py");
  const servings = await Promise.all(
    eras.map((era, index) => {
      const port = ports[index]!;
      return serveProgram(python, [program, fixture.url(era), String(port)], {
        name: `fastmcp-${era}`,
        port,
      });
    }),
  );
  return {
    name: "FastMCP 4.1.2",
    endpoint: (era) => ({
      url: `http://127.0.0.1:${ports[eras.indexOf(era)]}/mcp`,
      tool: "echo",
      clients: [{}],
    }),
    usage: () => jointUsage(servings),
    stop: async () => void (await Promise.all(servings.map((serving) => serving.stop()))),
  };
};

/** IBM's ContextForge with a token and SQLite, its limit of requests raised. It serves the legacy era alone. */
export const contextForge: Start = async (fixture, log) => {
  const version = "1.0.7.post20260921";
  const python = await pythonWith(`mcp-contextforge-gateway==${version}`, log);
  if (python === undefined) return undefined;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "bench-contextforge-"));
  const [secret, salt, password] = [32, 32, 16].map((bytes) => randomBytes(bytes).toString("hex")) as [
    string,
    string,
    string,
  ];
  const admin = "admin@example.com";
  const env = {
    DATABASE_URL: `sqlite:///${folder}/mcp.db`,
    JWT_SECRET_KEY: secret,
    AUTH_ENCRYPTION_SECRET: salt,
    PLATFORM_ADMIN_EMAIL: admin,
    PLATFORM_ADMIN_PASSWORD: `A-${password}!`,
    DEFAULT_USER_PASSWORD: `A-${password}!`,
    BASIC_AUTH_PASSWORD: `A-${password}!`,
    LOG_LEVEL: "ERROR",
    CACHE_TYPE: "memory",
    MCPGATEWAY_UI_ENABLED: "false",
    RATE_LIMIT_MEDIUM_RPM: "1000000000",
    SSRF_ALLOW_LOCALHOST: "true",
    SSRF_ALLOW_PRIVATE_NETWORKS: "true",
  };
  const gateway = join(python, "../mcpgateway");
  const args = ["--host", "127.0.0.1", "--port", String(port), "--no-access-log"];
  const serving = await serveProgram(gateway, args, { name: "contextforge", port, cwd: folder, env });
  const making = [
    "-m",
    "mcpgateway.utils.create_jwt_token",
    "--username",
    admin,
    "--exp",
    "600",
    "--secret",
    secret,
    "--admin",
  ];
  const token = (await outputOf(python, making, env))?.trim().split("\n").at(-1) ?? "";
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const server = { name: "bench", url: fixture.url("legacy"), transport: "STREAMABLEHTTP" };
  const added = await post({
    url: `http://127.0.0.1:${port}/gateways`,
    headers,
    body: JSON.stringify(server),
  });
  if (added.status !== 200) throw new Error(`ContextForge took no server: ${added.status} ${added.text}`);
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${port}/mcp/`,
    tool: "bench-echo",
    clients: [{ authorization: headers.authorization }],
  };
  return {
    name: `ContextForge ${version.replace(/\.post.*/, "")}`,
    endpoint: (era) => (era === "legacy" ? endpoint : undefined),
    usage: () => serving.usage(),
    stop: () => serving.stop().finally(() => rmSync(folder, { recursive: true })),
  };
};

/** The crate mcp-proxy with a token, metrics and no log, where it is installed. */
export const mcpProxy: Start = async (fixture, log) => {
  if (!hasProgram("mcp-proxy")) {
    log("left out: mcp-proxy, which is not installed; cargo install --locked mcp-proxy@0.6.0");
    return undefined;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "bench-mcp-proxy-"));
  const token = randomBytes(24).toString("hex");
  const file = join(folder, "proxy.toml");
  writeFileSync(
    file,
    `[proxy]
name = "bench"
separator = "/"
[proxy.listen]
host = "127.0.0.1"
port = ${port}
[auth]
type = "bearer"
tokens = ["${token}"]
[observability.metrics]
enabled = true
[[backends]]
name = "bench"
transport = "http"
url = "${fixture.url("legacy")}"
`,
  );
  const serving = await serveProgram("mcp-proxy", ["--config", file], {
    name: "mcp-proxy",
    port,
    env: { RUST_LOG: "error" },
  });
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${port}/`,
    tool: "bench/echo",
    clients: [{ authorization: `Bearer ${token}` }],
  };
  return {
    name: "mcp-proxy 0.6.0",
    endpoint: (era) => (era === "legacy" ? endpoint : undefined),
    usage: () => serving.usage(),
    stop: () => serving.stop().finally(() => rmSync(folder, { recursive: true })),
  };
};

/** The Python of an environment that has a package and what it needs; undefined where it can't be made. */
async function pythonWith(requirement: string, log: Log): Promise<string | undefined> {
  const folder = join(cacheFolder("bench"), requirement.replace("==", "-"));
  const python = join(folder, "bin/python");
  if (existsSync(join(folder, "complete"))) return python;
  const onLine = () => undefined;
  log(`installing ${requirement}`);
  const steps = [
    ["python3", "-m", "venv", "--clear", folder],
    [python, "-m", "pip", "install", "-q", requirement],
  ] as const;
  for (const [command, ...args] of steps) {
    if ((await run(command, args, { onLine }).catch(() => 1)) === 0) continue;
    log(`left out: ${requirement}, which can't be installed: ${[command, ...args].join(" ")}`);
    return undefined;
  }
  writeFileSync(join(folder, "complete"), "");
  return python;
}
