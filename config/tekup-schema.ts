import { z } from "zod";
import { setCommand } from "./errors";
import { hostedSettings } from "./hosted-schema";
import { wholeNumber } from "./whole-number";

const shortName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, {
  error: "is not a name of 1 to 32 small letters, digits and dashes",
});

const tools = z
  .array(z.string().regex(/^\S+$/, { error: "is not a tool's name" }), { error: "is not a list of tools" })
  .meta({ example: ["search__*"] });

/** Somebody who calls the gateway. */
export const clientSettings = z
  .strictObject({
    keys: z
      .array(shortName, { error: "is not a list of names" })
      .min(1, { error: "is an empty list" })
      .default(["1"])
      .describe(
        "Names of the client's API keys, each a random text that the program makes. The first is the one that outputs show; " +
          "a name that is added is a new key, and one that is taken out ends its key, without a restart.",
      )
      .meta({ example: ["2026-12", "2026-11"] }),
    class: shortName
      .optional()
      .describe("The kind of client, for metrics. Default: `client`.")
      .meta({ example: "ide" }),
    allow: tools
      .optional()
      .describe(
        "The only tools that the client sees and may call, as `<server>__<tool>`; `*` stands for any text. Default: all.",
      ),
    deny: tools
      .optional()
      .describe(
        "Tools that the client neither sees nor may call, likewise; goes before `allow`. Default: none.",
      ),
  })
  .meta({ title: "a client" });

/** A folder that servers are given. */
export const folderSettings = z
  .strictObject({
    source: z
      .string({ error: "is not text" })
      .regex(/^\/[^\0:]+$/, { error: "is not an absolute path without colons" })
      .describe("The folder on the engine's machine; user 10001 must be able to read it.")
      .meta({ example: "/home/me/shop", personal: true }),
    write: z
      .boolean({ error: "is neither true nor false" })
      .default(false)
      .describe("Whether the filesystem server may write there; user 10001 must be able to.")
      .meta({ example: true }),
  })
  .meta({ title: "a folder" });

/** What the gateway holds its clients to. */
export const gatewaySettings = z
  .strictObject({
    requestsPerMinute: wholeNumber("a number of requests", 1)
      .optional()
      .describe("Most requests of one client in a minute. Default: no limit.")
      .meta({ example: 600 }),
    callsPerToolPerMinute: wholeNumber("a number of calls", 1)
      .optional()
      .describe("Most calls of one tool by one client in a minute. Default: no limit.")
      .meta({ example: 60 }),
    sessions: wholeNumber("a number of sessions", 1)
      .optional()
      .describe(
        "Most sessions of one client; one more ends its least recently used one in which no call runs. Default: no limit.",
      )
      .meta({ example: 20 }),
    sessionSeconds: wholeNumber("a number of seconds", 60, 30 * 86_400)
      .optional()
      .describe("How long a client's session lasts after its last use, in seconds. Default: 86400, a day.")
      .meta({ example: 3600 }),
    absenceSeconds: wholeNumber("a number of seconds", 0, 600)
      .optional()
      .describe(
        "How long a call waits for a server that is started again, in seconds since that server's last answer, where it has no other " +
          "replica. More where servers start slowly; with 0 none waits. Default: 15.",
      )
      .meta({ example: 60 }),
    workers: wholeNumber("a number of workers", 1, 16)
      .default(1)
      .describe(
        "In so many processes the gateway serves, each on a processor of its own; another number restarts it. Give it memory as well, " +
          "by `services.mcp-gateway.memory`: a worker takes some 150 MiB.",
      )
      .meta({ example: 4 }),
  })
  .meta({ title: "the gateway" });

/** What the filesystem server may fill. */
export const filesystemSettings = z
  .strictObject({
    quotaMiB: wholeNumber("a number of MiB", 1, 10_000_000)
      .default(1024)
      .describe("Most below each folder that it may write to, in MiB, whoever put it there.")
      .meta({ example: 500 }),
    quotaFiles: wholeNumber("a number of files", 1, 10_000_000)
      .default(100_000)
      .describe("Most files, folders and links below each of them.")
      .meta({ example: 10000 }),
  })
  .meta({ title: "the filesystem server" });

/** What the browser may do. */
export const browserSettings = z
  .strictObject({
    allowPrivate: z
      .array(
        z.string().regex(/^[A-Za-z0-9.*:/_-]+$/, { error: "is not a name, an address or a CIDR range" }),
        {
          error: "is not a list of names and addresses",
        },
      )
      .default([])
      .describe(
        "What pages may reach though it is not on the public internet: names, `*.` names, addresses, CIDR ranges. Default: nothing.",
      )
      .meta({ example: ["intranet.example.com", "10.1.2.0/24"] }),
    bandwidthKiB: wholeNumber("a number of KiB", 1, 100_000_000)
      .optional()
      .describe(
        "Most that its pages may load in a second, and send, all of them together, in KiB; each replica by itself. Default: no limit.",
      )
      .meta({ example: 8192 }),
    sessions: wholeNumber("a number of sessions", 1, 1000)
      .optional()
      .describe(
        "Most sessions that have a browser at a time, in each replica; for one more the least recently used that idles makes room. Each " +
          "takes memory (`services.mcp-browser.memory`), some 250 MiB. Default: 8.",
      )
      .meta({ example: 16 }),
    idleSeconds: wholeNumber("a number of seconds", 1, 86_400)
      .optional()
      .describe("How long a session lasts in which nothing is asked, in seconds. Default: 900.")
      .meta({ example: 3600 }),
    sandbox: z
      .boolean({ error: "is neither true nor false" })
      .default(true)
      .describe(
        "Whether Chromium confines its own processes once more inside of its container, where kernel and engine allow that " +
          "(`MCP_ENABLE_SANDBOX`).",
      )
      .meta({ example: true }),
  })
  .meta({ title: "the browser" });

/** TLS between the services of a stack. */
export const tlsSettings = z
  .strictObject({
    enabled: z
      .boolean({ error: "is neither true nor false" })
      .default(true)
      .describe(
        "Whether the gateway and Prometheus talk to the servers over TLS, each side with a certificate, and traces are sent over it.",
      )
      .meta({ example: false }),
    days: wholeNumber("a number of days", 2, 825)
      .default(90)
      .describe("How long a new certificate is good, in days.")
      .meta({ example: 30 }),
    renewDays: wholeNumber("a number of days", 1, 800)
      .default(30)
      .describe("An update makes those anew that end within so many days; drift detection tells of them.")
      .meta({ example: 10 }),
    rotation: shortName
      .default("1")
      .describe(
        "Another text has all certificates made anew, by an authority that services believe already. After a key was stolen change it " +
          "twice, with an update after each: then the old authority is believed no more.",
      )
      .meta({ example: "2026-12" }),
  })
  .superRefine(({ days, renewDays }, context) => {
    if (renewDays < days) return;
    const message = `is not below \`days\`, which is ${days}: every update would make them anew`;
    const fix = setCommand("mcp:tls.renewDays", Math.max(1, Math.floor(days / 3)));
    context.addIssue({ code: "custom", path: ["renewDays"], message, params: { fix } });
  })
  .meta({ title: "TLS" });

/** The settings that only TekUp has. Source: the TekUp specification, "Konfiguration". */
export const tekupSettings = {
  environment: z
    .enum(["development", "staging", "production"], { error: "is not an environment" })
    .default("production")
    .describe("TekUp: what the environment is for, as the gateway is told (`MCP_ENV`).")
    .meta({ example: "staging" }),
  logLevel: z
    .enum(["debug", "info", "warn", "error"], { error: "is not a level" })
    .default("info")
    .describe("TekUp: the lowest level that the gateway and its servers log (`MCP_LOG_LEVEL`).")
    .meta({ example: "debug" }),
  networkIsolation: z
    .boolean({ error: "is neither true nor false" })
    .default(true)
    .describe(
      "TekUp: each server has a network of its own, which only the gateway and monitoring share and which leads nowhere " +
        "else (`MCP_NETWORK_ISOLATION`).",
    )
    .meta({ example: true }),
  reload: z
    .boolean({ error: "is neither true nor false" })
    .default(false)
    .describe(
      "TekUp: whether the stack's own servers follow their sources in the project's folder, for whoever works on them: a save " +
        "starts a server's program anew, in its container.",
    )
    .meta({ example: true }),
  clients: z
    .record(shortName, clientSettings, { error: "is not a map from client to settings" })
    .default({ default: { keys: ["1"] } })
    .describe(
      "TekUp: who may call the gateway, by name. Each has API keys; the output `clientKeys`, a secret, shows them. With none, " +
        "which only `development` may have, everybody may call.",
    )
    .meta({ example: { ide: {}, bot: { allow: ["search__*"] } } }),
  gateway: gatewaySettings
    .default({ workers: 1 })
    .describe("TekUp: limits that the gateway holds each client to, and in how many processes it does.")
    .meta({ example: { requestsPerMinute: 600 } }),
  traceShare: z
    .number({ error: "is not a number" })
    .min(0, { error: "is below 0" })
    .max(1, { error: "is above 1, which is all of them" })
    .default(1)
    .describe("TekUp: the share of calls whose traces are kept, where the client does not say so itself.")
    .meta({ example: 0.1 }),
  tls: tlsSettings
    .default({ enabled: true, days: 90, renewDays: 30, rotation: "1" })
    .describe("TekUp: TLS between the services, with certificates that the program makes and renews.")
    .meta({ example: { days: 30, renewDays: 10 } }),
  browser: browserSettings
    .default({ allowPrivate: [], sandbox: true })
    .describe("TekUp: what the browser may do.")
    .meta({ example: { allowPrivate: ["intranet.example.com"] } }),
  filesystem: filesystemSettings
    .default({ quotaMiB: 1024, quotaFiles: 100_000 })
    .describe("TekUp: how much of the disk the filesystem server may fill.")
    .meta({ example: { quotaMiB: 500 } }),
  folders: z
    .record(shortName, folderSettings, { error: "is not a map from name to folder" })
    .default({})
    .describe(
      "TekUp: folders of the engine's machine that the filesystem and the search server have, by name, at `/folders/<name>`. " +
        "Without any they share a volume at `/srv/workspace`, which can be written and outlives the stack.",
    )
    .meta({ example: { shop: { source: "/home/me/shop", write: true } } }),
  ...hostedSettings,
} as const;
