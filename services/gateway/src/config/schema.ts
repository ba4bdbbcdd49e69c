import { z } from "zod";
import { LOG_LEVELS } from "../../../host/log";
import { tlsProblem } from "./tls";

declare module "zod" {
  interface GlobalMeta {
    /** The environment variable that sets the value; it goes before the file. */
    variable?: string;
    /** The value is never shown. */
    secret?: boolean;
    /** Only a new process takes another value over. */
    restart?: boolean;
  }
}

const whole = (least: number, most: number) =>
  z
    .number({ error: "is not a number" })
    .int({ error: "is not a whole number" })
    .min(least, { error: `is below ${least}` })
    .max(most, { error: `is above ${most}` });

const milliseconds = (least = 1) => whole(least, 3_600_000);

const text = z.string({ error: "is not text" }).min(1, { error: "is empty" });

/** A server's name: neither `_` nor `+`, so that both can separate it from a name of the server's own. */
export const serverName = z.string({ error: "is not text" }).regex(/^[a-z][a-z0-9-]{0,31}$/, {
  error: "is not a server's name: a letter, then at most 31 letters, digits or dashes, all small",
});

/** Where a server, or one replica of it, is. */
export const serverUrl = z
  .url({ error: "is not a URL", protocol: /^https?$/ })
  .refine((value) => URL.canParse(value) && new URL(value).username === "", {
    error: "holds a user's name, which belongs into `headers`",
  })
  .meta({ example: "http://mcp-browser:3001" });

const toolPatterns = z.array(text, { error: "is not a list of tools" });

const rules = {
  allow: toolPatterns
    .optional()
    .describe("The only tools that may be seen and called, as `<server>__<tool>`; `*` stands for any text.")
    .meta({ example: ["search__*", "browser__screenshot"] }),
  deny: toolPatterns
    .default([])
    .describe("Tools that may neither be seen nor called, likewise; goes before `allow`.")
    .meta({ example: ["filesystem__write_*"] }),
};

const pem = (what: string, example: string) =>
  z
    .string({ error: "is not text" })
    .regex(/-----BEGIN [A-Z ]+-----/, { error: "is not PEM" })
    .optional()
    .describe(`${what}, as PEM.`)
    .meta({ example: { file: example } });

/** How the gateway proves who it is to servers, and whom it believes. */
export const tlsSettings = z
  .strictObject({
    ca: pem(
      "Certificates of the authorities that a server's certificate may be from, in place of the system's",
      "/etc/tls/ca.pem",
    ),
    cert: pem("The gateway's own certificate, for servers that ask for one", "/etc/tls/client.pem"),
    key: pem("Its key", "/etc/tls/client-key.pem").meta({ secret: true }),
  })
  .check(({ value, issues }) => {
    const message = tlsProblem(value);
    if (message !== undefined)
      issues.push({ code: "custom", input: "the certificate", path: ["cert"], message });
  });

/** A client that has API keys. */
export const clientSettings = z.strictObject({
  keys: z
    .array(z.string().min(32, { error: "is shorter than 32 characters" }), { error: "is not a list of keys" })
    .min(1, { error: "is an empty list" })
    .describe(
      "The client's API keys, each as `sha256:` and the hash in hex. With two of them one can be changed without a pause.",
    )
    .meta({ example: ["sha256: and what `printf %s KEY | sha256sum` prints"], secret: true }),
  class: z
    .string({ error: "is not text" })
    .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: "is not a class: small letters, digits and dashes" })
    .default("client")
    .describe("The kind of client, for metrics.")
    .meta({ example: "ide" }),
  ...rules,
});

/** An OAuth 2.1 authorization server whose tokens are taken. */
export const oauthSettings = z.strictObject({
  issuer: z
    .url({ error: "is not a URL" })
    .describe("The authorization server, as its tokens name it.")
    .meta({ example: "https://login.example.com" }),
  jwksUrl: z
    .url({ error: "is not a URL" })
    .describe("Where its public keys are.")
    .meta({ example: "https://login.example.com/jwks.json" }),
  audience: z
    .url({ error: "is not a URL" })
    .describe("What tokens must be made out to: the gateway's own address, as clients know it.")
    .meta({ example: "https://mcp.example.com" }),
  scope: text.optional().describe("A scope that tokens must have.").meta({ example: "mcp" }),
  ...rules,
});

/** Some replicas of a server that get a share of what is new. */
export const groupSettings = z.strictObject({
  url: serverUrl.describe("Where the group's replicas are; with the same path as the server's other groups."),
  weight: whole(0, 1000)
    .default(1)
    .describe(
      "The group's share in new sessions, and in requests that belong to none, by the sum of all weights. With 0 it gets no new ones, and ends those that it has.",
    )
    .meta({ example: 10 }),
});

const serverShape = z.strictObject({
  url: serverUrl
    .optional()
    .describe(
      "Where the server is. Without a path it is `/mcp`. Every address that the host name has is a replica.",
    ),
  groups: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, { error: "is not a group's name" }), groupSettings)
    .optional()
    .describe("In place of `url`: groups of replicas by name, each with its address and its share.")
    .meta({
      example: {
        blue: { url: "http://mcp-search-blue:3003", weight: 90 },
        green: { url: "http://mcp-search-green:3003", weight: 10 },
      },
    }),
  tls: tlsSettings
    .optional()
    .describe("Certificates for the connections to the server, in place of those of `upstreamTls`.")
    .meta({ example: { ca: { file: "/etc/tls/ca.pem" } } }),
  era: z
    .enum(["auto", "modern", "legacy"], { error: "is neither auto, modern nor legacy" })
    .default("auto")
    .describe("The protocol that the server speaks; `auto` finds it out and keeps what was found.")
    .meta({ example: "legacy" }),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, { error: "is not a header's name" }), text)
    .default({})
    .describe("Headers that each request to the server carries, such as the gateway's own credentials.")
    .meta({ example: { authorization: "Bearer …" }, secret: true }),
  healthPath: z
    .string({ error: "is not text" })
    .regex(/^\//, { error: "does not begin with /" })
    .default("/health")
    .describe("Path that each replica is asked at for its health. An answer below 500 is healthy.")
    .meta({ example: "/healthz" }),
  healthGrpcPort: whole(1, 65_535)
    .optional()
    .describe(
      "Port of gRPC's health service (`grpc.health.v1`) on each replica, which is asked in place of `healthPath`. A replica that says it does not serve gets no calls; over TLS where `url` is https.",
    )
    .meta({ example: 50051 }),
  healthGrpcService: z
    .string({ error: "is not text" })
    .max(127, { error: "is longer than 127 characters" })
    .default("")
    .describe("The service that gRPC's health service is asked about; empty for the server as a whole.")
    .meta({ example: "mcp.Search" }),
  healthIntervalMs: milliseconds(100)
    .default(5000)
    .describe(
      "Time between two looks at the replicas' health and at the host name's addresses, in milliseconds.",
    )
    .meta({ example: 2000 }),
  unhealthyAfter: whole(1, 100)
    .default(3)
    .describe("Failures in a row, of calls or of health checks, that take a replica out of use.")
    .meta({ example: 2 }),
  ejectionMs: milliseconds()
    .default(2000)
    .describe(
      "How long a replica stays out of use at first, in milliseconds; it doubles each time, up to a minute. A health check that succeeds ends it.",
    )
    .meta({ example: 1000 }),
  calls: whole(1, 100_000)
    .default(1024)
    .describe("Most calls that run on the server at the same time, for each worker of the gateway.")
    .meta({ example: 64 }),
  queue: whole(0, 100_000)
    .default(256)
    .describe("Most calls that wait for their turn; those beyond are refused with status 503.")
    .meta({ example: 32 }),
  connections: whole(1, 4096)
    .default(128)
    .describe("Most connections to one replica, for each worker. Over HTTP/2 each carries many requests.")
    .meta({ example: 32 }),
  bandwidthKiB: whole(1, 10_485_760)
    .optional()
    .describe(
      "Most that goes to and comes from one replica in a second, in KiB, all requests together, for each worker. What is beyond it waits. Default: no limit.",
    )
    .meta({ example: 32_768 }),
  connectTimeoutMs: milliseconds()
    .default(3000)
    .describe("Longest time to wait for a connection, in milliseconds.")
    .meta({ example: 1000 }),
  absenceMs: whole(0, 600_000)
    .default(15_000)
    .describe(
      "How long after the server's last answer a call waits for it to come back, where none of its replicas can be reached, in milliseconds: a server that is started again is not missed. With 0 none waits.",
    )
    .meta({ example: 30_000 }),
  listTtlMs: whole(0, 86_400_000)
    .default(0)
    .describe(
      "How long lists may be kept, in milliseconds, where the server does not say so itself, as those of the legacy era can't. Only for a server that gives everybody the same lists. A change that the server tells of ends it sooner.",
    )
    .meta({ example: 60_000 }),
  callTimeoutMs: milliseconds()
    .default(300_000)
    .describe("Longest time of a call, in milliseconds, however much progress it reports.")
    .meta({ example: 60_000 }),
  listTimeoutMs: milliseconds()
    .default(5000)
    .describe("Longest time that a list of all servers waits for this one, in milliseconds.")
    .meta({ example: 2000 }),
});

/** What the gateway knows about one server that it stands in front of. */
export const serverSettings = serverShape.check(({ value, issues }) => {
  const { url, groups } = value;
  const refuse = (path: string, message: string, input: unknown) =>
    issues.push({ code: "custom", input, path: [path], message });
  const urls = Object.values(groups ?? {}).map((group) => group.url);
  if (url === undefined && urls.length === 0) refuse("url", "is no address, and there are no groups", url);
  if (url !== undefined && groups)
    refuse("url", "stands beside groups, which have addresses of their own", url);
  if (new Set(urls.filter((one) => URL.canParse(one)).map((one) => new URL(one).pathname)).size > 1) {
    refuse("groups", "have addresses with different paths", urls);
  }
});
export type ServerSettings = z.output<typeof serverSettings> & {
  /** The addresses of replicas that registered themselves, by group; not a setting. */
  registered?: Record<string, string[]>;
};

/** Replicas that register themselves. */
export const registrationSettings = z.strictObject({
  keys: z
    .array(z.string().regex(/^sha256:[0-9a-f]{64}$/, { error: "is no hash" }), {
      error: "is not a list of keys",
    })
    .min(1, { error: "is an empty list" })
    .describe("Keys that replicas register themselves with, each as `sha256:` and the hash in hex.")
    .meta({ secret: true, example: ["sha256: and what `printf %s KEY | sha256sum` prints"] }),
  newServers: z
    .boolean({ error: "is neither true nor false" })
    .default(false)
    .describe("Whether servers may be registered that the configuration does not name.")
    .meta({ example: true }),
  leaseSeconds: whole(1, 86_400)
    .default(30)
    .describe("How long a registration is good for unless it is renewed, in seconds; one may ask for less.")
    .meta({ example: 60 }),
});

const shape = z.strictObject({
  env: z
    .enum(["development", "test", "staging", "production"], {
      error: "is neither development, test, staging nor production",
    })
    .default("production")
    .describe("What the environment is for.")
    .meta({ variable: "MCP_ENV", example: "staging" }),
  logLevel: z
    .enum(LOG_LEVELS, { error: `is none of ${LOG_LEVELS.join(", ")}` })
    .default("info")
    .describe("The lowest level that is logged.")
    .meta({ variable: "MCP_LOG_LEVEL", example: "debug" }),
  host: text
    .default("0.0.0.0")
    .describe("Address to listen on.")
    .meta({ variable: "MCP_GATEWAY_HOST", example: "127.0.0.1", restart: true }),
  port: whole(0, 65_535)
    .default(3000)
    .describe("Port to listen on; 0 takes any that is free.")
    .meta({ variable: "MCP_GATEWAY_PORT", example: 3000, restart: true }),
  workers: whole(1, 128)
    .default(1)
    .describe(
      "How many processes serve, each on a processor core of its own; limits and metrics are those of all of them together. Each takes memory of its own.",
    )
    .meta({ variable: "MCP_GATEWAY_WORKERS", example: 4, restart: true }),
  tlsCert: pem(
    "Certificate to listen with, with those that it is from: HTTP/2 and HTTP/1.1 over TLS; without it HTTP/1.1",
    "/etc/tls/cert.pem",
  ).meta({
    variable: "MCP_GATEWAY_TLS_CERT",
  }),
  tlsKey: pem("Key of the certificate", "/etc/tls/key.pem").meta({
    variable: "MCP_GATEWAY_TLS_KEY",
    secret: true,
  }),
  upstreamTls: tlsSettings
    .optional()
    .describe("Certificates for the connections to servers, and to `peers`.")
    .meta({ example: { ca: { file: "/etc/tls/ca.pem" } } }),
  allowedHosts: z
    .array(text, { error: "is not a list of host names" })
    .default([])
    .describe(
      "Names besides `localhost`, addresses and names without a dot that clients may call the gateway by.",
    )
    .meta({ variable: "MCP_ALLOWED_HOSTS", example: ["mcp.example.com"] }),
  allowedOrigins: z
    .array(text, { error: "is not a list of host names" })
    .default([])
    .describe("Host names of web pages that may call the gateway, besides those on the loopback.")
    .meta({ variable: "MCP_ALLOWED_ORIGINS", example: ["app.example.com"] }),
  sessionKeys: z
    .array(z.string().min(32, { error: "is shorter than 32 characters" }), { error: "is not a list of keys" })
    .default([])
    .describe(
      "Keys that session ids are sealed with, the same for all replicas of the gateway; the first seals, all open. Without one it is random, and sessions end with the process.",
    )
    .meta({ variable: "MCP_SESSION_KEYS", secret: true, example: ["what `openssl rand -base64 32` prints"] }),
  nameServers: z
    .array(text, { error: "is not a list of addresses" })
    .default([])
    .describe(
      "Name servers that host names are looked up with, as `ADDRESS` or `ADDRESS:PORT`, in place of what the system does.",
    )
    .meta({ variable: "MCP_GATEWAY_NAME_SERVERS", example: ["127.0.0.11"], restart: true }),
  registration: registrationSettings
    .optional()
    .describe("The API that replicas register themselves with, at `/registry`; without it there is none.")
    .meta({ example: { keys: ["sha256: and what `printf %s KEY | sha256sum` prints"] } }),
  peers: z
    .array(serverUrl, { error: "is not a list of URLs" })
    .default([])
    .describe(
      "Where this gateway's replicas are, itself among them or not; every address that a host name has is one. They pass on what only one of them can answer, and need the same `sessionKeys`.",
    )
    .meta({ variable: "MCP_GATEWAY_PEERS", example: ["http://mcp-gateway:3000"] }),
  apiKeyEncryption: z
    .boolean({ error: "is neither true nor false" })
    .default(true)
    .describe("API keys stand in the configuration as hashes only; one in the clear is refused.")
    .meta({ variable: "MCP_API_KEY_ENCRYPTION", example: true }),
  clients: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, { error: "is not a client's name" }), clientSettings)
    .default({})
    .describe(
      "Clients by name, with their API keys. Without clients and `oauth` nobody has to say who he is.",
    ),
  oauth: oauthSettings
    .optional()
    .describe("The authorization server whose bearer tokens are taken.")
    .meta({ example: { issuer: "https://login.example.com" } }),
  adminKeys: z
    .array(z.string().regex(/^sha256:[0-9a-f]{64}$/, { error: "is no hash" }), {
      error: "is not a list of keys",
    })
    .default([])
    .describe(
      "Keys that `/config`, the configuration in force, may be read with, each as `sha256:` and the hash in hex. Without one there is no such page.",
    )
    .meta({
      variable: "MCP_ADMIN_KEYS",
      secret: true,
      example: ["sha256: and what `printf %s KEY | sha256sum` prints"],
    }),
  configWatchMs: whole(0, 3_600_000)
    .default(500)
    .describe(
      "Time between two looks at the files that the configuration is read from, in milliseconds; with 0 only the signal SIGHUP has them read again.",
    )
    .meta({ variable: "MCP_GATEWAY_CONFIG_WATCH_MS", example: 2000, restart: true }),
  requestsPerMinute: whole(0, 1_000_000)
    .default(0)
    .describe(
      "Most requests of one client or user in a minute, for each replica of the gateway; 0 is without limit.",
    )
    .meta({ example: 600 }),
  callsPerToolPerMinute: whole(0, 1_000_000)
    .default(0)
    .describe("Most calls of one tool by one client or user in a minute, likewise.")
    .meta({ example: 60 }),
  sessions: whole(0, 1_000_000)
    .default(0)
    .describe(
      "Most sessions of one client or user, for each replica of the gateway; one beyond ends the least recently used in which no call runs. 0 is without limit.",
    )
    .meta({ example: 20 }),
  sessionSeconds: whole(60, 30 * 86_400)
    .default(86_400)
    .describe("How long a session lasts after its last use, in seconds.")
    .meta({ example: 3600 }),
  inputSeconds: whole(1, 86_400)
    .default(600)
    .describe("How long a call waits for its client to answer a question of the server's, in seconds.")
    .meta({ example: 300 }),
  headerBytes: whole(1024, 1024 * 1024)
    .default(16 * 1024)
    .describe("Largest headers of a request, in bytes.")
    .meta({ example: 32_768, restart: true }),
  jsonDepth: whole(4, 10_000)
    .default(128)
    .describe("Deepest nesting of a request's body, where the gateway has to look into it.")
    .meta({ example: 64 }),
  streams: whole(0, 1_000_000)
    .default(0)
    .describe(
      "Most streams that one client or user holds open at the same time, for each replica of the gateway; where nobody has to say who he is, of one address. 0 is without limit.",
    )
    .meta({ example: 100 }),
  bodyBytes: whole(1024, 256 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe("Largest body of a request, in bytes.")
    .meta({ example: 1_048_576 }),
  messageBytes: whole(1024, 256 * 1024 * 1024)
    .default(32 * 1024 * 1024)
    .describe("Largest message of a server that has to be read whole, in bytes.")
    .meta({ example: 8_388_608 }),
  cacheBytes: whole(0, 4 * 1024 * 1024 * 1024)
    .default(32 * 1024 * 1024)
    .describe(
      "Most bytes of lists and resources that each worker keeps, for as long and for whom their servers say; with 0 nothing is kept.",
    )
    .meta({ variable: "MCP_GATEWAY_CACHE_BYTES", example: 67_108_864 }),
  backlogBytes: whole(1024, 1024 * 1024 * 1024)
    .default(8 * 1024 * 1024)
    .describe(
      "Most bytes of a stream that may wait for a client which reads slowly; at the next message beyond them its connection is closed.",
    )
    .meta({ example: 1_048_576 }),
  keepAliveMs: milliseconds(100)
    .default(15_000)
    .describe("Time between two signs of life on a stream of the gateway's own, in milliseconds.")
    .meta({ example: 15_000 }),
  audit: z
    .boolean({ error: "is neither true nor false" })
    .default(true)
    .describe(
      "Every call of a tool is logged: who, what, how it ended and how long it took; its arguments only with `auditArgumentBytes`.",
    )
    .meta({ variable: "MCP_GATEWAY_AUDIT", example: false }),
  auditArgumentBytes: whole(0, 1024 * 1024)
    .default(0)
    .describe(
      "Most bytes of a call's arguments that its record holds, as JSON without what looks like a secret; with 0 it holds none.",
    )
    .meta({ variable: "MCP_GATEWAY_AUDIT_ARGUMENT_BYTES", example: 2048 }),
  drainSeconds: whole(0, 600)
    .default(8)
    .describe("How long calls may take to end once the gateway was told to stop, in seconds.")
    .meta({ variable: "MCP_SHUTDOWN_SECONDS", example: 30 }),
  servers: z
    .record(serverName, serverSettings)
    .default({})
    .describe("The servers by name; `MCP_SERVICES_<NAME>_URL` names one as well.")
    .meta({ example: { browser: { url: "http://mcp-browser:3001" } } }),
});

/** Everything that can be set. The one source of the checks and of the reference. */
export const settingsSchema = shape.check(({ value, issues }) => {
  const message = tlsProblem({ cert: value.tlsCert, key: value.tlsKey });
  if (message !== undefined)
    issues.push({ code: "custom", input: "the certificate", path: ["tlsCert"], message });
  if (value.peers.length > 0 && value.sessionKeys.length === 0) {
    issues.push({
      code: "custom",
      input: value.sessionKeys,
      path: ["sessionKeys"],
      message: "is empty, and `peers` know each other by the keys that they have in common",
    });
  }
  if (!value.apiKeyEncryption) return;
  for (const [name, { keys }] of Object.entries(value.clients)) {
    keys.forEach((key, index) => {
      if (/^sha256:[0-9a-f]{64}$/.test(key)) return;
      issues.push({
        code: "custom",
        input: key,
        path: ["clients", name, "keys", index],
        message: "is no hash, and keys in the clear are refused as long as apiKeyEncryption is true",
      });
    });
  }
});
export type Settings = z.output<typeof settingsSchema>;
