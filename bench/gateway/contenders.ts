import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { describeStack } from "../../cli/stack-file";
import { ensureImage } from "../../imaging";
import { imageRequest } from "../../imaging/request";
import type { Log } from "../../imaging/types";
import { freePort, freePorts } from "../../test/engine/support/ports";
import { secretHash } from "../../topology/secret-hash";
import type { Fixture } from "./fixture";
import { folderForContainer, jointUsage, serveContainer, type Serving } from "./program";
import type { Endpoint, Era } from "./requests";

/** One of those who are compared, as it serves. */
export interface Contender extends Serving {
  name: string;
  /** Where it is called; undefined where it does not serve clients of the era. */
  endpoint(era: Era): Endpoint | undefined;
  /** Has it take another configuration over while it serves; where it can. */
  reload?: () => Promise<void>;
}

/** Starts one of those who are compared; undefined where it can't be had here, of which the log tells. */
export type Start = (fixture: Fixture, log: Log) => Promise<Contender | undefined>;

const one = [{}];

/** The fixture itself, with nothing in front of it. */
export const direct: Start = (fixture) =>
  Promise.resolve({
    name: "direct",
    endpoint: (era) => ({ url: fixture.url(era), tool: "echo", clients: one }),
    usage: () => fixture.usage(),
    stop: () => Promise.resolve(),
  });

/** nginx as nothing but a reverse proxy: a worker for each core, kept connections on both sides, no log. */
export const nginx: Start = async (fixture, log) => {
  const port = await freePort();
  const folder = folderForContainer("nginx");
  const upstream = (era: Era) => {
    const { host } = new URL(fixture.url(era));
    return `upstream ${era} { server ${host}; keepalive 256; keepalive_requests 1000000000; }`;
  };
  const location = (era: Era) => `location /${era} { proxy_pass http://${era}/mcp; }`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (of) => `${of}_temp_path /tmp/${of};`,
  );
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `worker_processes auto; pid /tmp/nginx.pid; error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off; ${temporary.join(" ")}
  keepalive_requests 1000000000;
  ${upstream("modern")} ${upstream("legacy")}
  server {
    listen 127.0.0.1:${port} reuseport backlog=4096;
    proxy_http_version 1.1; proxy_set_header Connection "";
    ${location("modern")} ${location("legacy")}
  }
}
`,
  );
  const options = ["--read-only", "--tmpfs", "/tmp:mode=1777", "-v", `${folder}:/bench:ro`];
  const serving = await serveContainer(await imageOf("nginx", log), port, options, [
    "-c",
    "/bench/nginx.conf",
    "-g",
    "daemon off;",
  ]);
  return {
    name: "nginx",
    endpoint: (era) => ({ url: `http://127.0.0.1:${port}/${era}`, tool: "echo", clients: one }),
    usage: () => serving.usage(),
    stop: () => serving.stop().finally(() => rmSync(folder, { recursive: true })),
  };
};

/** A reverse proxy in Node and nothing else, on the gateway's own Node and with its options. */
export const node: Start = async (fixture, log) => {
  const folder = folderForContainer("node");
  const file = join(folder, "proxy.cjs");
  const entry = join(__dirname, "peers/node-proxy.cjs");
  const { build } = await import("esbuild");
  await build({ entryPoints: [entry], outfile: file, bundle: true, platform: "node", logLevel: "silent" });
  const image = await imageOf("mcp-gateway", log);
  const ports = await freePorts(2);
  const eras: Era[] = ["modern", "legacy"];
  const servings = await Promise.all(
    eras.map((era, index) => {
      const env = [`NODE_PROXY_PORT=${ports[index]}`, `NODE_PROXY_TO=${new URL(fixture.url(era)).origin}`];
      const options = [
        ...["--read-only", "-v", `${folder}:/bench:ro`, "--entrypoint", "node"],
        ...env.flatMap((variable) => ["-e", variable]),
      ];
      return serveContainer(image, ports[index]!, options, ["--max-semi-space-size=16", "/bench/proxy.cjs"]);
    }),
  );
  return {
    name: "a bare proxy in Node",
    endpoint: (era) => ({
      url: `http://127.0.0.1:${ports[eras.indexOf(era)]}/mcp`,
      tool: "echo",
      clients: one,
    }),
    usage: () => jointUsage(servings),
    stop: async () => {
      for (const serving of servings) await serving.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

/** So often is it looked whether another configuration is in force, every 50 ms. */
const mostTries = 600;

/** So many clients with keys of their own, as a limit is for each. */
const clients = 16;

/**
 * The gateway in its image, as restricted as in a stack, with keys, limits, metrics and the record of calls on.
 * @param path of the endpoint: one server's, or that of all servers, where names are rewritten.
 * @param workers processes that serve.
 */
export function gateway(path: "one" | "all", workers = 1): Start {
  return async (fixture, log) => {
    const port = await freePort();
    const folder = folderForContainer("gateway");
    const keys = Array.from({ length: clients }, () => randomBytes(32).toString("base64url"));
    const settings = gatewaySettings(fixture, keys);
    const file = join(folder, "gateway.yaml");
    writeFileSync(file, stringify(settings));
    const restrictions = [
      "--read-only",
      "--cap-drop",
      "ALL",
      "--security-opt",
      "no-new-privileges",
      "--memory",
      `${512 * workers}m`,
    ];
    // What is logged is written, but not kept by the engine, whose work is not the gateway's.
    const options = [...restrictions, "--log-driver", "none", "-v", `${folder}:/bench:ro`];
    const config = [
      "-e",
      `MCP_GATEWAY_PORT=${port}`,
      "-e",
      "MCP_GATEWAY_CONFIG=/bench/gateway.yaml",
      "-e",
      "MCP_ENV=test",
      "-e",
      `MCP_GATEWAY_WORKERS=${workers}`,
    ];
    const serving = await serveContainer(
      await imageOf("mcp-gateway", log),
      port,
      [...options, ...config],
      [],
    );
    return {
      name: `gateway, ${path === "one" ? "/mcp/NAME" : "/mcp"}${workers > 1 ? `, ${workers} workers` : ""}`,
      endpoint: (era) => ({
        url: `http://127.0.0.1:${port}/mcp${path === "one" ? `/${era}` : ""}`,
        tool: path === "one" ? "echo" : `${era}__echo`,
        clients: keys.map((key) => ({ "x-api-key": key })),
      }),
      async reload() {
        const before = await sequenceOf(port);
        settings.requestsPerMinute += 1;
        settings.servers.legacy.calls += 1;
        writeFileSync(file, stringify(settings));
        for (let tries = 0; (await sequenceOf(port)) === before; tries += 1) {
          if (tries === mostTries) throw new Error("the gateway did not take another configuration over");
          await sleep(50);
        }
      },
      usage: () => serving.usage(),
      stop: () => serving.stop().finally(() => rmSync(folder, { recursive: true })),
    };
  };
}

/** Counts the configurations that a gateway has taken over. */
async function sequenceOf(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(10_000) });
  const { config } = (await response.json()) as { config: { sequence: number } };
  return config.sequence;
}

/** Settings of a gateway in front of the fixture's two servers, with everything on and no limit that is reached. */
export function gatewaySettings(fixture: Fixture, keys: readonly string[]) {
  return {
    host: "127.0.0.1",
    clients: Object.fromEntries(keys.map((key, index) => [`client-${index}`, { keys: [secretHash(key)] }])),
    requestsPerMinute: 500_000,
    sessions: 1_000_000,
    servers: {
      modern: { url: new URL(fixture.url("modern")).origin },
      legacy: { url: new URL(fixture.url("legacy")).origin, calls: 1024 },
    },
  };
}

async function imageOf(image: string, log: Log): Promise<string> {
  const { settings, imageSource } = describeStack({ stack: "dev" });
  return ensureImage(imageRequest(image, imageSource, settings), { log });
}
