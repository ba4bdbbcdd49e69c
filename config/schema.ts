import { z } from "zod";
import { levels } from "../policy/rule";
import { type RuleId, ruleIds } from "../policy/rules";
import { parseSubnet, within } from "../topology/ipv4";
import { addressesPerServer } from "../topology/tekup/places";
import { tekupSettings } from "./tekup-schema";
import { wholeNumber } from "./whole-number";

/** The namespace of the project's settings in a stack file: `mcp:` before each key. */
export const namespace = "mcp";

/** What the environment is: the devcontainer cluster, or TekUp (see docs/settings.md). */
export const systems = ["devcontainer", "tekup"] as const;
export type System = (typeof systems)[number];

// An example that is `personal` is of somebody's own machine or wish: no error offers it as what to set.
const ipv4 = z.ipv4({ error: "is not an IPv4 address" }).meta({ example: "172.20.0.30", personal: true });

const memory = z
  .string({ error: "is not an amount of memory" })
  .regex(/^[1-9][0-9]{0,5}[mg]$/, { error: "is not an amount of memory" })
  .refine((text) => memoryMiB(text) >= 32, { error: "is less than 32m, the least a service starts with" })
  .meta({ example: "512m" });

const port = wholeNumber(
  "a port number",
  [1024, "the first port that needs no special rights"],
  [65535, "the last port"],
).meta({ example: 8030 });

const seconds = (example: number) => wholeNumber("a number of seconds", 1, 3600).meta({ example });

/** How a container's health is asked for; what is left out keeps the service's own value. */
export const probeSettings = z
  .strictObject({
    command: z
      .array(z.string().min(1, { error: "is empty" }), { error: "is not a list of words" })
      .min(1, { error: "is an empty list" })
      .optional()
      .describe("Command run inside the container; exit code 0 is healthy.")
      .meta({ example: ["CMD", "true"] }),
    interval: seconds(5).optional().describe("Time between two probes, in seconds."),
    timeout: seconds(5).optional().describe("Time after which a probe has failed, in seconds."),
    startPeriod: seconds(10)
      .optional()
      .describe("Time after the start in which failures don't count, in seconds."),
    retries: wholeNumber("a number", 1, 20)
      .optional()
      .describe("Failures in a row that make the container unhealthy.")
      .meta({ example: 5 }),
  })
  .describe("Health check of the container.")
  .meta({ title: "a health check", note: "What is left out keeps the service's own value." });

/** What the calls of an SQL server may cost. */
export const statementSettings = z
  .strictObject({
    seconds: wholeNumber("a number of seconds", 1, [3600, "an hour"])
      .optional()
      .describe(
        "How long the database works on one call's statement, in seconds; then it is ended and rolled back. Default: 10.",
      )
      .meta({ example: 60 }),
    rows: wholeNumber("a number of rows", 1, 100_000)
      .optional()
      .describe(
        "Most rows of one result; what is beyond them is left out, and the result says so. Default: 1000.",
      )
      .meta({ example: 5000 }),
    resultKiB: wholeNumber("a number of KiB", 1, [65_536, "which is 64 MiB"])
      .optional()
      .describe(
        "Most that the values of one result hold together, in KiB. The server's memory holds several times as much for each of " +
          "its connections. Default: 1024.",
      )
      .meta({ example: 4096 }),
    connections: wholeNumber("a number of connections", 1, [
      24,
      "as a database user has 32, and some are for the health check and for what ends statements",
    ])
      .optional()
      .describe(
        "How many calls run in the database at once; further ones wait 5 seconds for their turn. The database's memory is for " +
          "all of them. Default: 4.",
      )
      .meta({ example: 8 }),
  })
  .describe("What the calls of an SQL server may cost.")
  .meta({ title: "statements", note: "For `postgres-mcp` and `mariadb-mcp`." });

/** Names of places in a database that its user may be let into; `own` are the server's own, which show the hashes of passwords. */
function placesSettings(what: string, characters: number, own: RegExp) {
  const name = z
    .string({ error: `is not the name of a ${what}` })
    .min(1, { error: "is empty" })
    .refine((text) => Buffer.byteLength(text) <= characters, {
      error: `is longer than ${characters} bytes`,
    })
    .regex(/^[^\p{Cc}"`'\\]*[^\p{Cc}"`'\\ ]$/u, {
      error: "has a quote, a backslash or a control character, or ends with a blank",
    })
    .refine((text) => !own.test(text), { error: "is the server's own" });
  return z
    .array(name, { error: `is not a list of ${what}s` })
    .min(1, { error: "is an empty list" })
    .refine((names) => new Set(names).size === names.length, { error: "names one of them twice" });
}

/** What a stack may change of one service. */
export const serviceSettings = z
  .strictObject({
    address: ipv4
      .optional()
      .describe("Static address on the cluster network, within the range of the service's tier."),
    memory: memory.optional().describe("Memory limit; swap is never added to it."),
    publish: z
      .union([port, z.literal(false)], { error: "is neither a port number of 1024 to 65535 nor false" })
      .optional()
      .describe(
        "Port on the host's loopback that leads to the service, or `false` for none. Only the web entry, nginx, has one when left out, 8070, and TekUp's gateway, 3000.",
      )
      .meta({ example: 8030 }),
    access: z
      .enum(["read", "write", "owner"], { error: "is not a kind of access" })
      .optional()
      .describe(
        "What the server's database user may do: `read` rows, also `write` rows, or as `owner` create tables as well.",
      )
      .meta({ example: "write", personal: true }),
    schemas: placesSettings("schema", 53, /^(pg_.*|information_schema)$/)
      .optional()
      .describe(
        "The schemas of PostgreSQL that the server's database user may reach, with what `access` says; no others, and all tables in them, " +
          "also later ones of the superuser and of owners. One that is not there yet is opened by the first `npm run up` after it was made. " +
          "Default: `public` alone.",
      )
      .meta({ example: ["public", "sales"], personal: true }),
    databases: placesSettings("database", 64, /^(mysql|sys|information_schema|performance_schema)$/i)
      .optional()
      .describe(
        "The databases of MariaDB that the server's database user may reach, with what `access` says, also those that are made later; " +
          "no others. `mcp`, which the server connects to, is one of them. Default: `mcp` alone.",
      )
      .meta({ example: ["mcp", "shop"], personal: true }),
    statements: statementSettings.optional(),
    gpus: z
      .string({ error: "is not text" })
      .regex(/^(all|[1-9][0-9]?|device=[A-Za-z0-9,-]+)$/, {
        error: "is neither `all`, a number of GPUs, nor `device=` with their names",
      })
      .optional()
      .describe(
        "GPUs of the engine that the service may use: `all`, how many, or `device=` with names. For `k8s-plugin`; an engine without one refuses it.",
      )
      .meta({ example: "all" }),
    cpus: z
      .number({ error: "is not a number of processors" })
      .min(0.1, { error: "is below 0.1, a tenth of a processor" })
      .max(256, { error: "is above 256" })
      // The Docker provider reads others back as something else, which every preview would show.
      .multipleOf(0.1, { error: "has more than one decimal" })
      .optional()
      .describe(
        "Processor limit: 0.5 is half the time of one. Default: none, but for the TekUp servers' own.",
      )
      .meta({ example: 0.5 }),
    replicas: wholeNumber("a number", 1, [
      addressesPerServer,
      "the most that a server's range of addresses has room for",
    ])
      .optional()
      .describe("How many containers of a TekUp server there are behind the gateway. Default: 1.")
      .meta({ example: 3 }),
    internet: z
      .boolean({ error: "is neither true nor false" })
      .optional()
      .describe(
        "Whether a TekUp server reaches what is outside the stack, where `networkIsolation` is on. Default: false.",
      )
      .meta({ example: true, personal: true }),
    bandwidthKiB: wholeNumber("a number", 1, [10_485_760, "which is 10 GiB"])
      .optional()
      .describe(
        "Most that a TekUp server and the gateway send each other in a second, in KiB; each replica by itself. What is beyond it waits. Default: no limit.",
      )
      .meta({ example: 32_768 }),
    probe: probeSettings.optional(),
  })
  .meta({ title: "a service", note: "The name is that of a service of the stack's system." });

export type ServiceSettings = z.infer<typeof serviceSettings>;
export type ProbeSettings = z.infer<typeof probeSettings>;
export type StatementSettings = z.infer<typeof statementSettings>;

/** A breach of a rule that is meant; see docs/policies.md. */
export const policyException = z
  .strictObject({
    values: z
      .array(z.string().min(1, { error: "is empty" }), { error: "is not a list of values" })
      .min(1, { error: "is an empty list" })
      .describe("What may break the rule, as its message prints it. A value that no longer does is an error.")
      .meta({ example: ["/etc/rancher/k3s/k3s.yaml"] }),
    reason: z
      .string({ error: "is not text" })
      .min(10, { error: "is too short to be a reason" })
      .describe("Why it may, for whoever reviews it.")
      .meta({ example: "The cluster's own file; read-only." }),
  })
  .meta({ title: "an exception" });

/** A map that knows the rules' names, and nothing else; for each there is the same to say. */
function byRule<Value extends z.ZodType>(value: Value) {
  const fields = Object.fromEntries(ruleIds.map((id) => [id, value.optional()]));
  return z.strictObject(fields as Record<RuleId, z.ZodOptional<Value>>).meta({ each: "rule" });
}

/** What a stack changes of the rules that all of its resources are held to. */
export const policySettings = z
  .strictObject({
    levels: byRule(z.enum(levels, { error: "is not a level" }).meta({ example: "mandatory" }))
      .default({})
      .describe(
        "Levels other than the rules' own, by rule: `mandatory` refuses an update, `advisory` warns, `disabled` does not ask.",
      )
      .meta({ example: { "upstream-by-digest": "mandatory" } }),
    exceptions: z
      .record(z.string(), byRule(policyException), { error: "is not a map from service to exceptions" })
      .default({})
      .describe("Breaches that are meant, by service and rule.")
      .meta({
        each: "service",
        example: {
          "k8s-plugin": {
            "no-sensitive-host-folders": {
              values: ["/etc/rancher/k3s/k3s.yaml"],
              reason: "The cluster's own file; read-only.",
            },
          },
        },
      }),
  })
  .meta({ title: "the policies", note: "[policies.md](policies.md) lists the rules." });

/** Ranges that nobody has on the internet. Source: RFC 1918, RFC 6598. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** Whether all of a network, whose form has been checked, is within one of them; what has not been checked is not judged. */
function isPrivate(cidr: string): boolean {
  if (!z.cidrv4().safeParse(cidr).success) return true;
  return privateRanges.some((range) => within(parseSubnet(cidr), parseSubnet(range)));
}

const name = z.string({ error: "is not a name" }).regex(/^[a-z0-9][a-z0-9_.-]{1,62}$/, {
  error: "is not a name of 2 to 63 small letters, digits, dots, dashes or underscores",
});

const absolutePath = z
  .string({ error: "is not text" })
  .regex(/^\/[^\0:]*$/, { error: "is not an absolute path without colons" });

/** Stands for an encrypted setting where only Pulumi can open it; it passes the checks of each. */
export const sealedSecret = "0".repeat(32);

/** A secret that a user gives; checked for what no database takes, never printed. */
const secret = z
  .string({ error: "is not text" })
  .min(12, { error: "is shorter than 12 characters" })
  .regex(/^[\x21-\x7e]+$/, { error: "holds a character that is not printable ASCII" });

/** What the engine keeps of each container's log, and the log store of all. */
const logSettings = z
  .strictObject({
    maxSizeMiB: wholeNumber("a number of MiB", 1, 1024)
      .default(10)
      .describe("A file of this size, in MiB, is followed by a new one.")
      .meta({ example: 50 }),
    files: wholeNumber(
      "a number of files",
      [2, "with which a new file would leave nothing of the one before"],
      100,
    )
      .default(3)
      .describe("So many files of a container are kept.")
      .meta({ example: 5 }),
    retentionDays: wholeNumber("a number of days", [0, "which is no log store"], [3650, "ten years"])
      .default(14)
      .describe(
        "TekUp: so many days the log store keeps what all containers logged, also those that are no more. 0: there is no store.",
      )
      .meta({ example: 30 }),
    storeGiB: wholeNumber("a number of GiB", 1, 10_000)
      .default(2)
      .describe("TekUp: the most disk that the log store takes, in GiB; its oldest day goes first.")
      .meta({ example: 20 }),
  })
  .meta({ title: "the logs" });

/**
 * Every setting of a stack: the one source of the checks, of the `config:` block in Pulumi.yaml and of
 * docs/settings.md. A key that is not here is an error.
 */
export const settingsSchema = z.strictObject({
  system: z
    .enum(systems, { error: "is not a system" })
    .describe("Which system the stack is: `devcontainer` (the five-tier cluster) or `tekup`.")
    .meta({ example: "devcontainer" }),
  namePrefix: z
    .string({ error: "is not text" })
    .regex(/^([a-z0-9][a-z0-9-]{0,30}-)?$/, {
      error: "is not empty and not small letters, digits and dashes that end with a dash",
    })
    .default("")
    .describe("Put before every container and volume name, so that stacks live side by side on one engine.")
    .meta({ example: "test-" }),
  networkName: name
    .optional()
    .describe(
      "Name of the stack's bridge network. Default `mcp-cluster`, for TekUp `tekup-mcp-network`; both with the prefix.",
    )
    .meta({ example: "mcp-cluster" }),
  networkSubnet: z
    .cidrv4({ error: "is not an IPv4 network such as 172.20.0.0/16" })
    .refine(isPrivate, {
      error: `is not within ${privateRanges.join(", ")}, the ranges for private networks: what has those addresses could not be reached`,
    })
    .optional()
    .describe(
      "Address range of the network, /24 or larger, within a range for private networks. Default `172.20.0.0/16`, for TekUp " +
        "`172.22.0.0/16`.",
    )
    .meta({ example: "172.20.0.0/16", personal: true }),
  tiers: wholeNumber("a number", [1, "the databases' tier"], [5, "the devcontainer's tier"])
    .default(5)
    .describe(
      "How many tiers there are, from the bottom. Of the devcontainer cluster: 1 databases, 2 MCP servers, 3 build tools, " +
        "4 monitoring, 5 devcontainer. Of TekUp: 1 MCP servers, 2 gateway, 3 monitoring.",
    )
    .meta({ example: 2 }),
  imageSource: z
    .enum(["auto", "registry", "build"], { error: "is not a source of images" })
    .default("auto")
    .describe(
      "Where images come from: `registry` pulls the upstream images by digest, `build` makes all of them from packages. " +
        "`auto` is what `npm run setup` found to work on this machine, and `registry` before that.",
    )
    .meta({ example: "build" }),
  registryPrefix: z
    .string({ error: "is not text" })
    .regex(/^([a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._/-]+)?\/)?$/, {
      error: "is not a host (with port and path, if any) that ends with a slash",
    })
    .default("")
    .describe(
      "Mirror to pull the upstream images from, put before their names. Default: the images' own registry.",
    )
    .meta({ example: "mirror.example.com/hub/" }),
  imageReferences: z
    .record(z.string(), z.string().regex(/^\S+$/, { error: "is not an image reference" }), {
      error: "is not a map from image to reference",
    })
    .default({})
    .describe(
      "Own references for upstream images, instead of the project's pinned ones; used with `registry`.",
    )
    .meta({ example: { postgres: "registry.example.com/postgres@sha256:…" } }),
  services: z
    .record(z.string(), serviceSettings, { error: "is not a map from service to settings" })
    .default({})
    .describe("Changes to single services, by name; see below for what each may change.")
    .meta({ example: { "postgres-mcp": { access: "write", publish: 8030 } } }),
  databasePasswords: z
    .enum(["generated", "provided"], { error: "is not a way to get passwords" })
    .default("generated")
    .describe("Whether the database superusers' passwords are generated, or given by the two secrets below.")
    .meta({ example: "provided" }),
  postgresPassword: secret
    .optional()
    .describe("Secret. Superuser's password of PostgreSQL; needed where `databasePasswords` is `provided`."),
  mariadbPassword: secret
    .optional()
    .describe("Secret. Root's password of MariaDB; needed where `databasePasswords` is `provided`."),
  kubeconfig: absolutePath
    .optional()
    .describe(
      "File on this machine with which `k8s-plugin` reaches Kubernetes, mounted read-only; user 10001 must be able to read it.",
    )
    .meta({ example: "/home/me/.kube/config", personal: true }),
  runner: z
    .strictObject({
      url: z
        .url({ protocol: /^https$/, error: "is not an https address" })
        .describe("Repository or organisation that the runner takes jobs from.")
        .meta({ example: "https://github.com/acme/shop" }),
      labels: z
        .array(name, { error: "is not a list of labels" })
        .default([])
        .describe("Labels that jobs ask for, besides the runner's own.")
        .meta({ example: ["docker"] }),
    })
    .meta({ title: "the runner" })
    .optional()
    .describe(
      "Registration of the self-hosted GitHub Actions runner; without it there is none. Needs the secret `runnerToken`.",
    )
    .meta({ example: { url: "https://github.com/acme/shop" } }),
  runnerToken: secret
    .optional()
    .describe(
      "Secret. GitHub access token that may register runners for `runner.url`; each job gets a runner registered anew.",
    ),
  alertWebhook: secret
    .refine((text) => text === sealedSecret || (/^https?:/.test(text) && URL.canParse(text)), {
      error: "is not an http or https address",
    })
    .optional()
    .describe("Secret, as whoever has it may post. Address that Alertmanager posts alerts to."),
  projectFolder: absolutePath
    .optional()
    .describe(
      "Folder on the engine's machine that the devcontainer works in, and that TekUp's servers follow with `reload`. Default: " +
        "the project's folder, where the program runs.",
    )
    .meta({ example: "/home/me/mcp-environments", personal: true }),
  engineSocketGroup: wholeNumber("a group's number", 0)
    .optional()
    .describe(
      "Group that may use the engine's socket, for the watchdog. Default: the group of the socket on this machine.",
    )
    .meta({ example: 998, personal: true }),
  ...tekupSettings,
  policies: policySettings
    .optional()
    .describe("Changes to the rules that everything in the stack is held to; see docs/policies.md and below.")
    .meta({ example: { levels: { "upstream-by-digest": "mandatory" } } }),
  logs: logSettings
    .default({ maxSizeMiB: 10, files: 3, retentionDays: 14, storeGiB: 2 })
    .describe(
      "How much of what containers log is kept, by the engine and by TekUp's log store; the oldest goes first.",
    )
    .meta({ example: { maxSizeMiB: 50, retentionDays: 30 } }),
  healthTimeout: seconds(180)
    .default(180)
    .describe(
      "Longest time to wait for a service to become healthy, in seconds; one that turns unhealthy fails at once.",
    ),
});

export type Settings = z.infer<typeof settingsSchema>;
export type { HostedServerSettings } from "./hosted-schema";

/** The settings that only one of the systems has, by their paths. */
export const systemSettings: Record<System, readonly (readonly string[])[]> = {
  devcontainer: [
    ["databasePasswords"],
    ["postgresPassword"],
    ["mariadbPassword"],
    ["kubeconfig"],
    ["runner"],
    ["runnerToken"],
  ],
  tekup: [...Object.keys(tekupSettings).map((key) => [key]), ["logs", "retentionDays"], ["logs", "storeGiB"]],
};

/** The settings that must be stored encrypted. */
export const secretSettings = [
  "postgresPassword",
  "mariadbPassword",
  "runnerToken",
  "alertWebhook",
  "serverSecrets",
] as const;

/** Of those, the ones that are maps of secrets, and how the path to one goes on. */
export const secretMaps: Partial<Record<(typeof secretSettings)[number], string>> = {
  serverSecrets: "SERVER.VARIABLE",
};

/** The other setting, and its value where one decides, that makes a secret setting needed. */
export const neededWith: Partial<
  Record<(typeof secretSettings)[number], { setting: string; value?: string }>
> = {
  postgresPassword: { setting: "databasePasswords", value: "provided" },
  mariadbPassword: { setting: "databasePasswords", value: "provided" },
  runnerToken: { setting: "runner" },
};

/** An amount such as `512m` or `2g` in MiB. */
export function memoryMiB(text: string): number {
  const amount = Number.parseInt(text, 10);
  return text.endsWith("g") ? amount * 1024 : amount;
}
