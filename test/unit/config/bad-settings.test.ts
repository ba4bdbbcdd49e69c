import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../../cli/paths";
import { SettingsError } from "../../../config/errors";
import { parseSettings } from "../../../config/settings";
import { buildTopology } from "../../../topology";

const good: Record<string, string> = { "mcp:system": "devcontainer" };

function problemsOf(values: Record<string, string>, secretKeys: string[] = []) {
  try {
    const settings = parseSettings({ stack: "dev", values, isSecret: (key) => secretKeys.includes(key) });
    buildTopology("dev", settings, "registry");
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** A value as Pulumi hands it over. */
const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const service = (name: string, settings: unknown) => ({
  "mcp:services": JSON.stringify({ [name]: settings }),
});

const hosted = (servers: unknown) => ({ "mcp:servers": JSON.stringify(servers) });

/** What is set besides the system, the key that the error names, a part of what is wrong, and a part of the fix. */
const bad: [what: string, values: Record<string, string>, key: string, wrong: RegExp, fix: RegExp][] = [
  [
    "a level of a rule that is not there",
    { "mcp:policies": JSON.stringify({ levels: { "not-privilege": "advisory" } }) },
    "mcp:policies.levels.not-privilege",
    /did you mean "not-privileged"/,
    /config -- rm 'mcp:policies.levels.not-privilege'/,
  ],
  [
    "a level that is none",
    { "mcp:policies": JSON.stringify({ levels: { "not-privileged": "off" } }) },
    "mcp:policies.levels.not-privileged",
    /is not a level; one of mandatory, advisory, disabled/,
    /config -- set 'mcp:policies.levels.not-privileged' mandatory/,
  ],
  [
    "an exception without a reason",
    {
      "mcp:policies": JSON.stringify({
        exceptions: { "k8s-plugin": { "read-only-root": { values: ["false"] } } },
      }),
    },
    "mcp:policies.exceptions.k8s-plugin.read-only-root.reason",
    /is needed/,
    /config -- set 'mcp:policies.exceptions.k8s-plugin.read-only-root.reason' '?The cluster/,
  ],
  [
    "a probe's word that is none",
    service("mariadb", { probe: { command: ["CMD", true] } }),
    "mcp:services.mariadb.probe.command[1]",
    /^is not text$/,
    /config -- rm 'mcp:services.mariadb.probe.command'/,
  ],
  [
    "an entry whose name has a dot",
    { "mcp:imageReferences": JSON.stringify({ "post.gres": 5 }) },
    'mcp:imageReferences["post.gres"]',
    /^is not text$/,
    /config -- rm 'mcp:imageReferences\["post.gres"\]'/,
  ],
  [
    "an address that another service has by default",
    service("postgres-mcp", { address: "172.20.0.31" }),
    "mcp:services.postgres-mcp.address",
    /is the address of "mariadb-mcp" already/,
    /config -- set 'mcp:services.postgres-mcp.address' 172.20.0.30/,
  ],
  [
    "a port that another service has by default",
    service("alertmanager", { publish: 8070 }),
    "mcp:services.alertmanager.publish",
    /published for "nginx" already/,
    /config -- set 'mcp:services.alertmanager.publish' 80/,
  ],
  [
    "reload as text",
    { "mcp:system": "tekup", "mcp:reload": "often" },
    "mcp:reload",
    /neither true nor/,
    /' false$/,
  ],
  [
    "a range that is not for private networks",
    { "mcp:networkSubnet": "8.8.0.0/16" },
    "mcp:networkSubnet",
    /not within 10.0.0.0\/8, 172.16.0.0\/12, 192.168.0.0\/16, 100.64.0.0\/10/,
    /config -- rm 'mcp:networkSubnet'/,
  ],
  [
    "a range that is private in part",
    { "mcp:networkSubnet": "172.0.0.0/8" },
    "mcp:networkSubnet",
    /not within/,
    /config -- rm 'mcp:networkSubnet'/,
  ],
  ...Object.entries({
    "mcp:browser": JSON.stringify({ sandbox: false }),
    "mcp:reload": "true",
    "mcp:clients": "{}",
    "mcp:traceShare": "0.5",
  }).map(([key, value]): (typeof bad)[number] => [
    `TekUp's ${key} in the devcontainer cluster`,
    { [key]: value },
    key,
    /is a setting of TekUp, and does nothing in the system "devcontainer"/,
    new RegExp(`config -- rm '${key}'`),
  ]),
  [
    "the log store's time in the devcontainer cluster",
    { "mcp:logs": JSON.stringify({ files: 5, retentionDays: 7 }) },
    "mcp:logs.retentionDays",
    /is a setting of TekUp/,
    /config -- rm 'mcp:logs.retentionDays'/,
  ],
  [
    "the cluster's kubeconfig in TekUp",
    { "mcp:system": "tekup", "mcp:kubeconfig": "/home/ann/.kube/config" },
    "mcp:kubeconfig",
    /is a setting of the devcontainer cluster/,
    /config -- rm 'mcp:kubeconfig'/,
  ],
  ["no tier at all", { "mcp:tiers": "0" }, "mcp:tiers", /below 1/, /config -- set 'mcp:tiers' 5/],
  ["more tiers than there are", { "mcp:tiers": "6" }, "mcp:tiers", /above 5/, /config -- set 'mcp:tiers' 5/],
  [
    "GPUs for a service without use for them",
    service("mariadb", { gpus: "all" }),
    "mcp:services.mariadb.gpus",
    /no use for a GPU/,
    /config -- rm 'mcp:services.mariadb.gpus'/,
  ],
  [
    "limits of statements for a service that takes none",
    service("mariadb", { statements: { rows: 5 } }),
    "mcp:services.mariadb.statements",
    /takes no statements/,
    /config -- rm 'mcp:services.mariadb.statements'/,
  ],
  [
    "more connections than a database user may have",
    service("postgres-mcp", { statements: { connections: 25 } }),
    "mcp:services.postgres-mcp.statements.connections",
    /above 24, as a database user has 32/,
    /statements.connections' 24$/,
  ],
  [
    "a time limit of nothing",
    service("mariadb-mcp", { statements: { seconds: 0 } }),
    "mcp:services.mariadb-mcp.statements.seconds",
    /below 1/,
    /statements.seconds' 1$/,
  ],
  [
    "GPUs by a word",
    service("k8s-plugin", { gpus: "some" }),
    "mcp:services.k8s-plugin.gpus",
    /neither `all`, a number of GPUs/,
    /gpus' all/,
  ],
  [
    "kubeconfig below the working directory",
    { "mcp:kubeconfig": ".kube/config" },
    "mcp:kubeconfig",
    /not an absolute path/,
    /config -- rm 'mcp:kubeconfig'/,
  ],
  [
    "runner without its token",
    { "mcp:runner": JSON.stringify({ url: "https://github.com/acme/shop" }) },
    "mcp:runnerToken",
    /is needed, as mcp:runner is set/,
    /config -- set --secret 'mcp:runnerToken'/,
  ],
  [
    "runner of another kind of place",
    { "mcp:runner": JSON.stringify({ url: "git@github.com:acme/shop" }) },
    "mcp:runner.url",
    /not an https address/,
    /config -- set 'mcp:runner.url' https:/,
  ],
  [
    "webhook that is no address",
    { "mcp:alertWebhook": "pagers.example.com" },
    "mcp:alertWebhook",
    /is not an http or https address/,
    /config -- set --secret 'mcp:alertWebhook'/,
  ],
  [
    "group below 0",
    { "mcp:engineSocketGroup": "-1" },
    "mcp:engineSocketGroup",
    /below 0/,
    /config -- rm 'mcp:engineSocketGroup'/,
  ],
  [
    "no system",
    { "mcp:system": undefined as never },
    "mcp:system",
    /is needed/,
    /config -- set 'mcp:system' devcontainer/,
  ],
  [
    "unknown system",
    { "mcp:system": "kubernetes" },
    "mcp:system",
    /not a system; one of devcontainer, tekup/,
    /config -- (set|rm)/,
  ],
  [
    "unknown key",
    { "mcp:netwrkName": "x" },
    "mcp:netwrkName",
    /did you mean "networkName"/,
    /config -- rm 'mcp:netwrkName'/,
  ],
  [
    "unknown service",
    service("postgre-mcp", {}),
    "mcp:services.postgre-mcp",
    /did you mean "postgres-mcp"/,
    /config -- rm/,
  ],
  [
    "service of the other system",
    { "mcp:system": "tekup", ...service("mariadb", {}) },
    "mcp:services.mariadb",
    /not a service of the system "tekup"/,
    /config -- rm/,
  ],
  [
    "unknown key of a service",
    service("mariadb", { memry: "1g" }),
    "mcp:services.mariadb.memry",
    /did you mean "memory"/,
    /config -- rm/,
  ],
  [
    "unknown key of a probe",
    service("mariadb", { probe: { every: 5 } }),
    "mcp:services.mariadb.probe.every",
    /is not a setting/,
    /config -- rm/,
  ],
  [
    "services as text",
    { "mcp:services": "mariadb" },
    "mcp:services",
    /not a map from service to settings/,
    /config -- (set|rm)/,
  ],
  [
    "address outside its tier",
    service("postgres-mcp", { address: "172.20.0.60" }),
    "mcp:services.postgres-mcp.address",
    /outside the range of tier 2 \(172.20.0.30 to 172.20.0.39\)/,
    /172.20.0.30/,
  ],
  [
    "address outside the network",
    service("mariadb", { address: "10.0.0.21" }),
    "mcp:services.mariadb.address",
    /outside the range of tier 1/,
    /172.20.0.21/,
  ],
  [
    "address used twice",
    service("mariadb", { address: "172.20.0.20" }),
    "mcp:services.mariadb.address",
    /is the address of "postgres-db" already/,
    /172.20.0.21/,
  ],
  [
    "address that is none",
    service("mariadb", { address: "172.20.0.256" }),
    "mcp:services.mariadb.address",
    /not an IPv4 address/,
    /config -- rm 'mcp:services.mariadb.address'/,
  ],
  [
    "address as a number",
    service("mariadb", { address: 21 }),
    "mcp:services.mariadb.address",
    /not an IPv4 address/,
    /config -- rm 'mcp:services.mariadb.address'/,
  ],
  [
    "negative memory",
    service("mariadb", { memory: "-512m" }),
    "mcp:services.mariadb.memory",
    /not an amount of memory/,
    /512m/,
  ],
  [
    "memory without a unit",
    service("mariadb", { memory: 512 }),
    "mcp:services.mariadb.memory",
    /not an amount of memory/,
    /512m/,
  ],
  [
    "too little memory",
    service("mariadb", { memory: "8m" }),
    "mcp:services.mariadb.memory",
    /less than 32m/,
    /512m/,
  ],
  [
    "port below the range",
    service("mariadb", { publish: 80 }),
    "mcp:services.mariadb.publish",
    /below 1024/,
    /config -- set/,
  ],
  [
    "port above the range",
    service("mariadb", { publish: 70000 }),
    "mcp:services.mariadb.publish",
    /above 65535/,
    /config -- set/,
  ],
  [
    "port as text",
    service("mariadb", { publish: "http" }),
    "mcp:services.mariadb.publish",
    /neither a port number of 1024 to 65535 nor false/,
    /config -- set/,
  ],
  [
    "port published twice",
    {
      "mcp:services": JSON.stringify({ "postgres-mcp": { publish: 8030 }, "mariadb-mcp": { publish: 8030 } }),
    },
    "mcp:services.mariadb-mcp.publish",
    /published for "postgres-mcp" already/,
    /8031/,
  ],
  [
    "unknown access",
    service("postgres-mcp", { access: "root" }),
    "mcp:services.postgres-mcp.access",
    /not a kind of access; one of read, write, owner/,
    /config -- rm 'mcp:services.postgres-mcp.access'/,
  ],
  [
    "access without a user",
    service("mariadb", { access: "write" }),
    "mcp:services.mariadb.access",
    /has no database user/,
    /config -- rm/,
  ],
  [
    "a schema of the server's own",
    service("postgres-mcp", { schemas: ["public", "pg_catalog"] }),
    "mcp:services.postgres-mcp.schemas[1]",
    /is the server's own/,
    /config -- rm/,
  ],
  [
    "no schema",
    service("postgres-mcp", { schemas: [] }),
    "mcp:services.postgres-mcp.schemas",
    /is an empty list/,
    /config -- rm/,
  ],
  [
    "a database twice",
    service("mariadb-mcp", { databases: ["mcp", "mcp"] }),
    "mcp:services.mariadb-mcp.databases",
    /names one of them twice/,
    /config -- rm/,
  ],
  [
    "databases without the one that is connected to",
    service("mariadb-mcp", { databases: ["shop"] }),
    "mcp:services.mariadb-mcp.databases",
    /leaves out "mcp"/,
    /\["mcp","shop"\].*config -- rm/,
  ],
  [
    "schemas of MariaDB",
    service("mariadb-mcp", { schemas: ["public"] }),
    "mcp:services.mariadb-mcp.schemas",
    /has no user of PostgreSQL|no user of PostgreSQL/,
    /config -- rm/,
  ],
  [
    "databases of PostgreSQL",
    service("postgres-mcp", { databases: ["mcp"] }),
    "mcp:services.postgres-mcp.databases",
    /no user of MariaDB/,
    /config -- rm/,
  ],
  [
    "probe switched off",
    service("mariadb", { probe: { command: ["NONE"] } }),
    "mcp:services.mariadb.probe.command",
    /switches the health check off/,
    /config -- rm/,
  ],
  [
    "empty probe command",
    service("mariadb", { probe: { command: [] } }),
    "mcp:services.mariadb.probe.command",
    /is an empty list/,
    /config -- (set|rm)/,
  ],
  [
    "probe without time",
    service("mariadb", { probe: { interval: 0 } }),
    "mcp:services.mariadb.probe.interval",
    /below 1/,
    /config -- (set|rm)/,
  ],
  ["prefix without a dash", { "mcp:namePrefix": "test" }, "mcp:namePrefix", /end with a dash/, /test-/],
  [
    "prefix with capitals",
    { "mcp:namePrefix": "Test-" },
    "mcp:namePrefix",
    /small letters/,
    /config -- (set|rm)/,
  ],
  [
    "empty network name",
    { "mcp:networkName": "" },
    "mcp:networkName",
    /not a name of 2 to 63/,
    /mcp-cluster/,
  ],
  [
    "network that is none",
    { "mcp:networkSubnet": "172.20.0.0" },
    "mcp:networkSubnet",
    /not an IPv4 network/,
    /config -- rm 'mcp:networkSubnet'/,
  ],
  [
    "network with a wrong prefix",
    { "mcp:networkSubnet": "172.20.0.0/33" },
    "mcp:networkSubnet",
    /not an IPv4 network/,
    /config -- rm 'mcp:networkSubnet'/,
  ],
  [
    "network that is too small",
    { "mcp:networkSubnet": "172.20.0.0/28" },
    "mcp:networkSubnet",
    /smaller than a \/24/,
    /config -- rm 'mcp:networkSubnet'/,
  ],
  [
    "unknown source of images",
    { "mcp:imageSource": "dockerhub" },
    "mcp:imageSource",
    /not a source of images; one of auto, registry, build/,
    /config -- set 'mcp:imageSource' auto/,
  ],
  [
    "mirror without a slash",
    { "mcp:registryPrefix": "mirror.example.com" },
    "mcp:registryPrefix",
    /ends with a slash/,
    /mirror.example.com\/hub\//,
  ],
  [
    "reference for an unknown image",
    { "mcp:imageReferences": '{"postgress":"x"}' },
    "mcp:imageReferences.postgress",
    /did you mean "postgres"/,
    /config -- rm/,
  ],
  [
    "time-out as text",
    { "mcp:healthTimeout": "soon" },
    "mcp:healthTimeout",
    /not a number of seconds/,
    /180/,
  ],
  ["time-out below a second", { "mcp:healthTimeout": "0" }, "mcp:healthTimeout", /below 1/, /180/],
  [
    "time-out with a fraction",
    { "mcp:healthTimeout": "1.5" },
    "mcp:healthTimeout",
    /not a whole number/,
    /180/,
  ],
  [
    "a server's package without its version",
    hosted({ time: { pypi: "mcp-server-time" } }),
    "mcp:servers.time.pypi",
    /exact version, such as mcp-server-time==/,
    /config -- set 'mcp:servers.time.pypi' mcp-server-time==/,
  ],
  [
    "a server's package with a range of versions",
    hosted({ memory: { npm: "@modelcontextprotocol/server-memory@^2026.8.31" } }),
    "mcp:servers.memory.npm",
    /exact version/,
    /config -- set 'mcp:servers.memory.npm' @modelcontextprotocol/,
  ],
  [
    "a server without a package",
    hosted({ time: { args: [] } }),
    "mcp:servers.time",
    /names no package/,
    /set one of `npm` and `pypi`/,
  ],
  [
    "a server with two packages",
    hosted({ time: { npm: "time@1.0.0", pypi: "time==1.0.0" } }),
    "mcp:servers.time",
    /names two packages/,
    /set one of `npm` and `pypi`/,
  ],
  ...["browser", "gateway"].map((name): (typeof bad)[number] => [
    `a server called ${name}`,
    hosted({ [name]: { npm: "other@1.0.0" } }),
    `mcp:servers.${name}`,
    /name of one of the stack's own; set it under another name/,
    new RegExp(`config -- rm 'mcp:servers.${name}'`),
  ]),
  [
    "a server called like a replica",
    hosted({ "time-2": { npm: "other@1.0.0" } }),
    "mcp:servers.time-2",
    /as those of replicas do; set it under another name/,
    /config -- rm 'mcp:servers.time-2'/,
  ],
  [
    "a server whose name the gateway does not take",
    hosted({ my_time: { npm: "other@1.0.0" } }),
    "mcp:servers.my_time",
    /no server's name/,
    /config -- rm 'mcp:servers.my_time'/,
  ],
  [
    "more servers than there is room for",
    hosted(Object.fromEntries([..."abcdef"].map((name) => [name, { npm: "other@1.0.0" }]))),
    "mcp:servers",
    /names 6 servers, and there is room for 5/,
    /take one out/,
  ],
  [
    "a server's secret in plain text",
    { "mcp:serverSecrets": JSON.stringify({ github: { TOKEN: "hunter2" } }) },
    "mcp:serverSecrets",
    /stored in plain text/,
    /config -- set --secret 'mcp:serverSecrets.SERVER.VARIABLE'/,
  ],
  [
    "a missing secret",
    { "mcp:databasePasswords": "provided" },
    "mcp:postgresPassword",
    /is needed, as mcp:databasePasswords is "provided"/,
    /config -- set --secret/,
  ],
  [
    "a secret in plain text",
    { "mcp:postgresPassword": "correct-horse-battery" },
    "mcp:postgresPassword",
    /stored in plain text/,
    /config -- set --secret/,
  ],
];

describe("bad settings", () => {
  it.each(bad)("%s is refused, naming key, value and fix", (_what, values, key, wrong, fix) => {
    const all = Object.entries({ ...good, ...values }).filter(([, value]) => value !== undefined);
    const problem = problemsOf(Object.fromEntries(all)).find((found) => found.key === key);
    expect(problem?.wrong).toMatch(wrong);
    expect(problem?.fix).toMatch(fix);
    expect(problem?.value).not.toBe("");
  });

  it("names all problems at once, and the stack", () => {
    const values = { "mcp:system": "x", "mcp:healthTimeout": "0", "mcp:unknown": "1" };
    const parsed = () => parseSettings({ stack: "prod", values, isSecret: () => false });
    expect(parsed).toThrow(/stack "prod"[\s\S]*nothing was changed[\s\S]*mcp:system[\s\S]*mcp:/);
    expect(problemsOf(values)).toHaveLength(3);
  });

  it("never shows a secret, however wrong it is", () => {
    const values = { ...good, "mcp:postgresPassword": "short" };
    const problems = problemsOf(values, ["mcp:postgresPassword"]);
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain('short"');
    expect(problems[0]?.wrong).toMatch(/shorter than 12/);
  });

  it("never shows a server's secret either, and knows one of a server that is not there", () => {
    const wrong = { ...good, "mcp:serverSecrets": JSON.stringify({ github: { "A TOKEN": "hunter2" } }) };
    const problems = problemsOf(wrong, ["mcp:serverSecrets"]);
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
    const stray = {
      "mcp:system": "tekup",
      "mcp:serverSecrets": JSON.stringify({ github: { TOKEN: "hunter2" } }),
    };
    const [problem] = problemsOf(stray, ["mcp:serverSecrets"]);
    expect(problem).toMatchObject({ key: "mcp:serverSecrets.github", value: '"github"' });
    expect(problem?.wrong).toMatch(/names none/);
  });

  it.each(["devcontainer", "tekup"])(
    "takes what Pulumi hands over for all that a stack of %s leaves out",
    (system) => {
      const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
        config: Record<string, { default?: unknown }>;
      };
      const given = Object.entries(project.config).flatMap(([key, field]) =>
        "default" in field ? [[`mcp:${key}`, textOf(field.default)] as const] : [],
      );
      expect(given.length).toBeGreaterThan(10);
      expect(problemsOf({ ...Object.fromEntries(given), "mcp:system": system })).toEqual([]);
    },
  );

  it("takes the defaults where nothing is wrong, and leaves other namespaces alone", () => {
    expect(problemsOf({ ...good, "docker:host": "unix:///run/docker.sock", "aws:region": "x" })).toEqual([]);
  });
});
