import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { chosenImageSource } from "../../config/image-source";
import type { System } from "../../config/schema";
import { parseSettings } from "../../config/settings";
import { docker } from "../../engine/docker";
import { ensureImage } from "../../imaging";
import { clusterAlerts } from "../../observability/alert-list";
import { alertRules } from "../../observability/alerts";
import { buildTopology, type Topology } from "../../topology";
import { allServices } from "../../topology/services";

/** Series in promtool's notation, a sample every ten seconds. */
type Series = Record<string, string>;

/** What goes wrong, when the alert must be there, and whom it names. */
interface Fault {
  series: Series;
  at: string;
  labels: Record<string, string>;
}

interface Case {
  fires: Fault | Fault[];
  /** What looks like it and must never be an alert, by what it is. */
  quiet: Record<string, Series>;
}

/** A stack of each system, as what is watched differs. */
const stacks = { devcontainer: stackOf("devcontainer"), tekup: stackOf("tekup") };

function stackOf(system: System): Topology {
  const values: Record<string, string> = {
    "mcp:system": system,
    "mcp:alertWebhook": "http://alerts.example.com/hook",
    // Prometheus' tool looks for certificates, which only a stack that is up has.
    ...(system === "tekup" ? { "mcp:tls": '{"enabled": false}' } : {}),
  };
  const settings = parseSettings({ stack: "test", values, isSecret: () => true });
  return buildTopology("test", settings, "registry");
}

const mib = 1024 * 1024;
const database = '{service="postgres-db",tier="1",container="postgres-db"}';
const named = { service: "postgres-db", tier: "1", container: "postgres-db" };
const restarts = '{service="postgres-db",tier="1",container="postgres-db",by="engine"}';
const cgroup = '{job="cadvisor",service="cadvisor",tier="4",container_id="abc"}';
const info = '{job="watchdog",service="postgres-db",tier="1",container="postgres-db",container_id="abc"}';
const disk = '{job="node-exporter",service="node-exporter",tier="4",device="/dev/sda",mountpoint="/data"}';
const onDisk = {
  job: "node-exporter",
  service: "node-exporter",
  tier: "4",
  device: "/dev/sda",
  mountpoint: "/data",
};
const shipper = '{job="log-shipper",service="log-shipper",tier="3"}';
const operations = "mcp_server_operation_duration_seconds";

const cases: Record<string, Case> = {
  ContainerDown: {
    fires: {
      series: { [`mcp_container_running${database}`]: "1x6 0x60" },
      at: "2m10s",
      labels: named,
    },
    quiet: { "a restart": { [`mcp_container_running${database}`]: "1x6 0x5 1x60" } },
  },
  ContainerMissing: {
    fires: {
      series: { 'up{job="watchdog"}': "1x60", ...everyoneBut("mariadb") },
      at: "5m",
      labels: { service: "mariadb" },
    },
    quiet: { "a watchdog that sees nobody as it is away": { 'up{job="watchdog"}': "0x90" } },
  },
  ContainerUnhealthy: {
    fires: {
      series: {
        [`mcp_container_running${database}`]: "1x60",
        [`mcp_container_healthy${database}`]: "1x6 0x60",
      },
      at: "2m10s",
      labels: named,
    },
    quiet: {
      "a container that is stopped": {
        [`mcp_container_running${database}`]: "0x60",
        [`mcp_container_healthy${database}`]: "0x60",
      },
      "a start": {
        [`mcp_container_running${database}`]: "1x60",
        [`mcp_container_healthy${database}`]: "0x5 1x60",
      },
    },
  },
  ContainerRestarting: {
    fires: {
      series: { [`mcp_container_restarts_total${restarts}`]: "7x6 8x60" },
      at: "1m10s",
      labels: named,
    },
    quiet: {
      "restarts of long ago": { [`mcp_container_restarts_total${restarts}`]: "7x60" },
      "a container that is replaced": { [`mcp_container_restarts_total${restarts}`]: "7x6 0x60" },
    },
  },
  ContainerOutOfMemory: {
    fires: {
      series: { [`mcp_container_oom_kills_total${database}`]: "0x6 1x60" },
      at: "1m10s",
      labels: named,
    },
    quiet: { "none since": { [`mcp_container_oom_kills_total${database}`]: "3x60" } },
  },
  ContainerNearMemoryLimit: {
    fires: {
      series: {
        [`container_memory_working_set_bytes${cgroup}`]: `${50 * mib}x6 ${91 * mib}x60`,
        [`mcp_container_info${info}`]: "1x66",
        [`mcp_container_memory_limit_bytes${database}`]: `${100 * mib}x66`,
      },
      at: "2m10s",
      labels: named,
    },
    quiet: {
      "much, and not nearly all": {
        [`container_memory_working_set_bytes${cgroup}`]: `${89 * mib}x60`,
        [`mcp_container_info${info}`]: "1x60",
        [`mcp_container_memory_limit_bytes${database}`]: `${100 * mib}x60`,
      },
      "a peak": {
        [`container_memory_working_set_bytes${cgroup}`]: `${50 * mib}x6 ${99 * mib}x5 ${50 * mib}x60`,
        [`mcp_container_info${info}`]: "1x60",
        [`mcp_container_memory_limit_bytes${database}`]: `${100 * mib}x60`,
      },
    },
  },
  DiskFilling: {
    fires: {
      series: {
        [`node_filesystem_avail_bytes${disk}`]: `${160 * mib}x6 ${140 * mib}x60`,
        [`node_filesystem_free_bytes${disk}`]: `${160 * mib}x6 ${140 * mib}x60`,
        [`node_filesystem_size_bytes${disk}`]: `${1000 * mib}x66`,
        [`node_filesystem_readonly${disk}`]: "0x66",
      },
      at: "2m10s",
      labels: onDisk,
    },
    quiet: {
      "a disk with a large reserve for root, which df counts as neither used nor free": {
        [`node_filesystem_avail_bytes${disk}`]: `${140 * mib}x60`,
        [`node_filesystem_free_bytes${disk}`]: `${290 * mib}x60`,
        [`node_filesystem_size_bytes${disk}`]: `${1000 * mib}x60`,
        [`node_filesystem_readonly${disk}`]: "0x60",
      },
      "a disk that can't be written": {
        [`node_filesystem_avail_bytes${disk}`]: "0x60",
        [`node_filesystem_free_bytes${disk}`]: "0x60",
        [`node_filesystem_size_bytes${disk}`]: `${1000 * mib}x60`,
        [`node_filesystem_readonly${disk}`]: "1x60",
      },
      "a file system of the kernel's": {
        [`node_filesystem_avail_bytes${disk}`]: "0x60",
        [`node_filesystem_free_bytes${disk}`]: "0x60",
        [`node_filesystem_size_bytes${disk}`]: "4096x60",
        [`node_filesystem_readonly${disk}`]: "0x60",
      },
    },
  },
  DiskFullSoon: {
    fires: {
      series: {
        [`node_filesystem_avail_bytes${disk}`]: `${400 * mib}-${mib}x240`,
        [`node_filesystem_free_bytes${disk}`]: `${400 * mib}-${mib}x240`,
        [`node_filesystem_size_bytes${disk}`]: `${1000 * mib}x240`,
        [`node_filesystem_readonly${disk}`]: "0x240",
      },
      at: "35m",
      labels: onDisk,
    },
    quiet: {
      "a disk that fills in days": {
        [`node_filesystem_avail_bytes${disk}`]: `${400 * mib}-10000x240`,
        [`node_filesystem_free_bytes${disk}`]: `${400 * mib}-10000x240`,
        [`node_filesystem_size_bytes${disk}`]: `${1000 * mib}x240`,
        [`node_filesystem_readonly${disk}`]: "0x240",
      },
      "a burst on a disk with room": {
        [`node_filesystem_avail_bytes${disk}`]: `${900 * mib}-${mib}x240`,
        [`node_filesystem_free_bytes${disk}`]: `${900 * mib}-${mib}x240`,
        [`node_filesystem_size_bytes${disk}`]: `${1000 * mib}x240`,
        [`node_filesystem_readonly${disk}`]: "0x240",
      },
    },
  },
  DatabaseDown: {
    fires: [
      {
        series: {
          'mysql_up{job="mysql-exporter",service="mysql-exporter",tier="4"}': "1x6 0x60",
          'mcp_container_healthy{job="watchdog",service="mariadb",tier="1",container="mariadb"}': "1x6 0x60",
          'pg_up{job="postgres-exporter",service="postgres-exporter",tier="4"}': "1x66",
        },
        at: "1m40s",
        labels: { service: "mariadb", tier: "1" },
      },
      {
        series: {
          'pg_up{job="postgres-exporter",service="postgres-exporter",tier="4"}': "1x6 _x60",
          [`mcp_container_healthy${database}`]: "1x6 0x60",
        },
        at: "1m40s",
        labels: { service: "postgres-db", tier: "1" },
      },
    ],
    quiet: { "a restart": { 'pg_up{job="postgres-exporter"}': "1x6 0x2 1x60" } },
  },
  McpErrorRate: {
    fires: {
      series: {
        [`${operations}_count{service="sql",tier="2",error_type=""}`]: "0+2x60",
        [`${operations}_count{service="sql",tier="2",error_type="tool_error"}`]: "0+1x60",
      },
      at: "1m40s",
      labels: { service: "sql", tier: "2" },
    },
    quiet: {
      "some errors": {
        [`${operations}_count{service="sql",tier="2",error_type=""}`]: "0+4x60",
        [`${operations}_count{service="sql",tier="2",error_type="tool_error"}`]: "0+1x60",
      },
      "a few calls that all fail": {
        [`${operations}_count{service="sql",tier="2",error_type="tool_error"}`]: "0x6 5x60",
      },
    },
  },
  McpLatency: {
    fires: {
      series: calls("query", { within: 18, above: 2 }),
      at: "1m10s",
      labels: { service: "sql", tier: "2" },
    },
    quiet: {
      "one slow call in a hundred": calls("query", { within: 99, above: 1 }),
      "clients' own code": calls("run_python", { within: 0, above: 10 }),
    },
  },
  TargetDown: {
    fires: {
      series: { 'up{job="cadvisor",service="cadvisor"}': "1x6 0x60" },
      at: "2m10s",
      labels: { job: "cadvisor", service: "cadvisor" },
    },
    quiet: { "the watchdog, which has an alert of its own": { 'up{job="watchdog"}': "0x60" } },
  },
  StackDrift: {
    fires: {
      series: { 'mcp_drift_differences{stack="dev",kind="container"}': "0x6 2x60" },
      at: "1m10s",
      labels: { stack: "dev", kind: "container" },
    },
    quiet: {
      "a stack as it should be": { 'mcp_drift_differences{stack="dev",kind="container"}': "0x60" },
      "one that could not be compared": { 'mcp_drift_told{stack="dev"}': "0x60" },
      "an impostor, which has an alert of its own": {
        'mcp_drift_differences{stack="dev",kind="impostor"}': "1x60",
      },
    },
  },
  ServiceImpersonated: {
    fires: {
      series: { 'mcp_drift_differences{stack="dev",kind="impostor"}': "0x6 1x60" },
      at: "1m10s",
      labels: { stack: "dev", kind: "impostor" },
    },
    quiet: {
      "other differences": { 'mcp_drift_differences{stack="dev",kind="container"}': "2x60" },
    },
  },
  LogsNotStored: {
    fires: {
      series: {
        [`otelcol_exporter_queue_size${shipper}`]: "0x6 60x60",
        [`otelcol_exporter_queue_capacity${shipper}`]: "100x66",
      },
      at: "6m10s",
      labels: { job: "log-shipper", service: "log-shipper", tier: "3" },
    },
    quiet: {
      "a store that starts": {
        [`otelcol_exporter_queue_size${shipper}`]: "90x6 0x60",
        [`otelcol_exporter_queue_capacity${shipper}`]: "100x66",
      },
    },
  },
  WatchdogDown: {
    fires: {
      series: { 'up{job="watchdog",service="watchdog"}': "1x6 0x60" },
      at: "2m10s",
      labels: { job: "watchdog", service: "watchdog" },
    },
    quiet: { "a restart": { 'up{job="watchdog",service="watchdog"}': "1x6 0x5 1x60" } },
  },
};

/** Calls of a tool every ten seconds: so many within half a second, and so many that take up to a second. */
function calls(tool: string, { within, above }: { within: number; above: number }): Series {
  const labels = `service="sql",tier="2",mcp_method_name="tools/call",gen_ai_tool_name="${tool}"`;
  const all = `0+${within + above}x60`;
  return {
    [`${operations}_bucket{${labels},le="0.5"}`]: `0+${within}x60`,
    [`${operations}_bucket{${labels},le="1"}`]: all,
    [`${operations}_bucket{${labels},le="+Inf"}`]: all,
    [`${operations}_count{${labels}}`]: all,
  };
}

function everyoneBut(missing: string): Series {
  const present = allServices(stacks.devcontainer).filter(({ name }) => name !== missing);
  return Object.fromEntries(present.map(({ name }) => [`mcp_container_info{service="${name}"}`, "1x60"]));
}

const systems = Object.keys(stacks) as (keyof typeof stacks)[];

/** The system whose rules have that alert: the devcontainer cluster, if it is there. */
function systemWith(alert: string): string {
  const found = systems.find((system) => alertsOf(system).includes(alert));
  if (!found) throw new Error(`the alert ${alert} is a rule of no stack`);
  return found;
}

/** The alerts of a system, in the order of its rules. */
function alertsOf(system: keyof typeof stacks): string[] {
  const { groups } = parse(alertRules(stacks[system].tiers)) as {
    groups: { rules: { alert: string }[] }[];
  };
  return groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-rules-"));
const container = `mcptest-rules-${randomBytes(4).toString("hex")}`;
const images: string[] = [];

/** A container of an image that stays, with the service's configuration of each system in it, to run the image's tools in. */
async function tools(name: "prometheus" | "alertmanager"): Promise<string> {
  const request = { image: name, source: chosenImageSource("auto") };
  const image = `${container}/${name}:test`;
  await docker(["image", "tag", await ensureImage(request, { log: () => undefined }), image]);
  images.push(image);
  for (const system of systems) {
    const { configs } = allServices(stacks[system]).find((service) => service.name === name) ?? {};
    fs.mkdirSync(path.join(folder, system), { recursive: true });
    for (const [file, text] of Object.entries(configs?.[0]?.files ?? {}))
      fs.writeFileSync(path.join(folder, system, file), text);
  }
  const id = `${container}-${name}`;
  await docker([
    ...["run", "--detach", "--label", "dev.mcp.test=images", "--name", id, "--network", "none"],
    ...["--volume", `${folder}:/rules:ro`, "--entrypoint", "sh", image, "-c", "exec sleep 3600"],
  ]);
  return id;
}

let prometheus: string;
let alertmanager: string;
beforeAll(async () => {
  fs.chmodSync(folder, 0o755);
  [prometheus, alertmanager] = await Promise.all([tools("prometheus"), tools("alertmanager")]);
}, 600_000);
afterAll(async () => {
  await docker(["rm", "--force", "--volumes", "--volumes", prometheus, alertmanager]);
  for (const image of images) await docker(["image", "rm", image]);
  fs.rmSync(folder, { recursive: true });
});

const inPrometheus = (...command: string[]) => docker(["exec", prometheus, ...command]);

test.each(systems)(
  "Prometheus' own tool finds nothing wrong with the configuration and rules of %s",
  async (system) => {
    const lint = ["--lint=all", "--lint-fatal"];
    await inPrometheus("promtool", "check", "config", ...lint, `/rules/${system}/prometheus.yml`);
    const found = await inPrometheus("promtool", "check", "rules", ...lint, `/rules/${system}/alerts.yml`);
    expect(found).toContain(`${alertsOf(system).length} rules found`);
  },
);

test.each(systems)(
  "Alertmanager's own tool finds nothing wrong with the configuration of %s",
  async (system) => {
    await docker(["exec", alertmanager, "amtool", "check-config", `/rules/${system}/alertmanager.yml`]);
  },
);

/** Has promtool work out a system's rules over series. */
async function workOut(system: string, series: Series, expectations: object[]): Promise<void> {
  const tests = {
    rule_files: [`${system}/alerts.yml`],
    evaluation_interval: "10s",
    tests: [
      {
        interval: "10s",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: expectations,
      },
    ],
  };
  fs.writeFileSync(path.join(folder, "test.yml"), stringify(tests));
  await inPrometheus("promtool", "test", "rules", "/rules/test.yml");
}

describe.each(clusterAlerts.map(({ name, severity }) => ({ name, severity })))(
  "$name",
  ({ name, severity }) => {
    const firing = `ALERTS{alertname="${name}",alertstate="firing"}`;
    const { fires, quiet } = casesOf(name);
    const system = systemWith(name);

    test.each([fires].flat())("is there in time, about $labels, and is not there before", async (fault) => {
      const labels = { alertname: name, alertstate: "firing", severity, ...fault.labels };
      const list = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      const [before, alert] = [`${seconds(fault.at) - 10}s`, `ALERTS{${list.join(",")}}`];
      await workOut(system, fault.series, [
        { expr: firing, eval_time: before, exp_samples: [] },
        { expr: firing, eval_time: fault.at, exp_samples: [{ labels: alert, value: 1 }] },
      ]);
    });

    test.each(Object.keys(quiet))("is never there for: %s", async (what) => {
      const ever = `count_over_time(${firing}[2h])`;
      await workOut(system, quiet[what] ?? {}, [{ expr: ever, eval_time: "1h", exp_samples: [] }]);
    });
  },
);

function casesOf(name: string): Case {
  const found = cases[name];
  if (!found) throw new Error(`the alert ${name} has no cases`);
  return found;
}

function seconds(time: string): number {
  const [, minutes = "0", rest = "0"] = /^(\d+)m(?:(\d+)s)?$/.exec(time) ?? [];
  return Number(minutes) * 60 + Number(rest);
}
