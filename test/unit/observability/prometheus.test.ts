import { parse } from "yaml";
import { prometheusConfig } from "../../../observability/prometheus";
import { topology } from "./topology";

interface Config {
  global: { scrape_interval: string; external_labels: Record<string, string> };
  alerting: { alertmanagers: { path_prefix: string; static_configs: { targets: string[] }[] }[] };
  scrape_configs: {
    job_name: string;
    metrics_path: string;
    honor_labels?: boolean;
    metric_relabel_configs?: { source_labels?: string[]; regex: string; action?: string }[];
    static_configs: { targets: string[]; labels: Record<string, string> }[];
  }[];
}

const { stack, tiers } = topology();
const config = parse(prometheusConfig(stack, tiers, { ca: "ca", certificate: "cert", key: "key" })) as Config;
const jobOf = (name: string) => config.scrape_configs.find((job) => job.job_name === name);

test("every service with metrics is a job, and no other", () => {
  const all = tiers.flatMap(({ services }) => services);
  const names = all.filter(({ metrics }) => metrics).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(config.scrape_configs.map((job) => job.job_name)).toEqual(names);
});

test("a job asks the service by name, and its series say which service and tier they are of", () => {
  expect(jobOf("postgres-mcp")).toEqual({
    job_name: "postgres-mcp",
    metrics_path: "/metrics",
    static_configs: [{ targets: ["postgres-mcp:8000"], labels: { service: "postgres-mcp", tier: "2" } }],
  });
  expect(jobOf("prometheus")?.metrics_path).toBe("/prometheus/metrics");
});

test("only the watchdog speaks for other services", () => {
  const speaking = config.scrape_configs.filter((job) => job.honor_labels).map((job) => job.job_name);
  expect(speaking).toEqual(["watchdog"]);
});

const id = "0123456789abcdef".repeat(4);
test.each([
  [`/docker/${id}`, id],
  [`/system.slice/docker-${id}.scope`, id],
  [`/user.slice/user-1000.slice/user@1000.service/app.slice/docker-${id}.scope`, id],
  [`/docker/${"f".repeat(64)}/docker/${id}`, id],
  [`/docker/${id}/init`, undefined],
  ["/system.slice/ssh.service", undefined],
  ["/docker", undefined],
  ["/", undefined],
])("the cgroup %s is of the container %s", (path, container) => {
  const regex = jobOf("cadvisor")?.metric_relabel_configs?.[0]?.regex ?? "";
  // Prometheus' expressions are anchored at both ends.
  expect(new RegExp(`^(?:${regex})$`).exec(path)?.[1]).toBe(container);
});

test("alerts go to Alertmanager at the path that it serves, and say which stack they are of", () => {
  expect(config.alerting.alertmanagers).toEqual([
    { path_prefix: "/alertmanager/", static_configs: [{ targets: ["alertmanager:9093"] }] },
  ]);
  expect(config.global).toMatchObject({ scrape_interval: "10s", external_labels: { stack: "dev" } });
});
