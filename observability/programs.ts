import { packageOf } from "../imaging/packages/package";

/** What the programs in the project's images are; a service's name says its role, and not always its program. */
const programs: Record<string, string> = {
  alertmanager: "Alertmanager",
  buildkit: "BuildKit",
  cadvisor: "cAdvisor, measures containers",
  devcontainer: "Development container",
  grafana: "Grafana, shows dashboards",
  jaeger: "Jaeger, keeps traces",
  "k8s-plugin": "kubectl and Helm",
  "log-shipper": "OpenTelemetry Collector, ships logs",
  "log-store": "VictoriaLogs, keeps logs",
  mariadb: "MariaDB",
  "mcp-browser": "MCP server: a browser, Chromium",
  "mcp-filesystem": "MCP server: files",
  "mcp-gateway": "MCP gateway, in front of all MCP servers",
  "mcp-search": "MCP server: search in files",
  "mysql-exporter": "mysqld_exporter, measures MariaDB",
  nginx: "nginx, this entry to all pages",
  "node-exporter": "node_exporter, measures the host",
  perses: "Perses, shows dashboards",
  postgres: "PostgreSQL",
  "postgres-exporter": "postgres_exporter, measures PostgreSQL",
  prometheus: "Prometheus, keeps metrics",
  "python-experimental": "MCP server: runs Python",
  runner: "GitHub Actions runner",
  "sql-mcp": "MCP server: SQL",
  watchdog: "Watchdog, restarts unhealthy containers",
};

/** The real program in an image and what it is for, in a few words; undefined where the project does not know it. */
export function programOf(image: string): string | undefined {
  const hosted = packageOf(image);
  if (hosted) return `MCP server: ${hosted.name} ${hosted.version} of ${hosted.registry}`;
  return Object.hasOwn(programs, image) ? programs[image] : undefined;
}
