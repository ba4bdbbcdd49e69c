import { clusterDatabase, databaseServers } from "./databases";
import { webProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";
import type { DatabaseKind } from "./types";

/** Where files with metrics of what does not run all the time are put for the node exporter to read. */
export const metricsFolder = "/metrics";

/** What all exporters have in common: they keep nothing, write nothing, and belong to nobody. */
const exporter = {
  place: tierPlaces.monitoring,
  user: "65534:65534",
  environment: {},
  secrets: [],
  volumes: [],
  tmpfs: [],
  goProgram: true,
  memoryMiB: 64,
  pids: 64,
  // They have no code for the signal; as it does not end a process 1, Go's runtime does.
  stop: { signal: "SIGTERM", graceSeconds: 10, exitCode: 2 },
  dependsOn: [],
  databaseUsers: [],
} satisfies Partial<ServiceTemplate>;

/**
 * What each container uses, read from the kernel's accounts alone: it sees no engine's socket and no container's files.
 * Its series name containers by their cgroups, which hold the containers' IDs.
 */
export const cadvisor: ServiceTemplate = {
  ...exporter,
  name: "cadvisor",
  image: "cadvisor",
  offset: 75,
  command: [
    "--port=8080",
    "--enable_metrics=cpu,memory,diskIO",
    // Oftener than Prometheus asks, so that no answer is given twice.
    "--housekeeping_interval=5s",
    "--allow_dynamic_housekeeping=false",
  ],
  binds: [{ source: "/sys", path: "/sys", readOnly: true }],
  memoryMiB: 128,
  port: 8080,
  probe: webProbe(8080, "/healthz"),
  metrics: { port: 8080, path: "/metrics" },
};

/** What the host's file systems, disks, memory and processors do. File systems are what the whole tree is seen for. */
export const nodeExporter: ServiceTemplate = {
  ...exporter,
  name: "node-exporter",
  image: "node-exporter",
  offset: 76,
  command: [
    "--path.rootfs=/host",
    "--path.procfs=/host/proc",
    "--path.sysfs=/host/sys",
    "--path.udev.data=/host/run/udev/data",
    // What can be seen from within a network of its own, without rights, on any kernel.
    "--collector.disable-defaults",
    ...["cpu", "diskstats", "filesystem", "loadavg", "meminfo", "stat", "textfile", "uname", "vmstat"].map(
      (name) => `--collector.${name}`,
    ),
    `--collector.textfile.directory=${metricsFolder}`,
    // The images' defaults differ.
    "--collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys|var/lib/docker/.+|var/lib/containers/.+)($|/)",
  ],
  volumes: [{ volume: "metrics", path: metricsFolder, cache: true }],
  // Followed, so that it holds no file system that the host unmounts, and sees what the host mounts later.
  binds: [{ source: "/", path: "/host", readOnly: true, follow: true }],
  port: 9100,
  probe: webProbe(9100, "/"),
  metrics: { port: 9100, path: "/metrics" },
};

/** PostgreSQL's statistics. */
export const postgresExporter: ServiceTemplate = {
  ...exporter,
  ...databaseUser("postgres-exporter", "postgres"),
  image: "postgres-exporter",
  offset: 77,
  command: ["--config.file=/etc/postgres-exporter/config.yml"],
  // Nothing needs to be set; without a file it warns that there is none.
  configs: () => [{ path: "/etc/postgres-exporter", files: { "config.yml": "{}\n" } }],
  environment: {
    DATA_SOURCE_URI: `${serverAddress("postgres")}/${clusterDatabase}?sslmode=disable`,
    DATA_SOURCE_USER: "postgres_exporter",
    DATA_SOURCE_PASS: { secret: "postgres-exporter-password" },
  },
  port: 9187,
  probe: webProbe(9187, "/"),
  metrics: { port: 9187, path: "/metrics" },
};

/** MariaDB's statistics; the exporter is called after MySQL, whose protocol it speaks. */
export const mysqlExporter: ServiceTemplate = {
  ...exporter,
  ...databaseUser("mysql-exporter", "mariadb"),
  image: "mysql-exporter",
  offset: 78,
  command: [
    `--mysqld.address=${serverAddress("mariadb")}`,
    "--mysqld.username=mysql_exporter",
    // There is no replica, and to look for one takes a right of its own.
    "--no-collect.slave_status",
  ],
  environment: { MYSQLD_EXPORTER_PASSWORD: { secret: "mysql-exporter-password" } },
  port: 9104,
  probe: webProbe(9104, "/"),
  metrics: { port: 9104, path: "/metrics" },
};

function databaseUser(name: string, kind: DatabaseKind) {
  const server = databaseServers[kind].service;
  const secret = `${name}-password`;
  return {
    name,
    secrets: [{ name: secret }],
    dependsOn: [server],
    databaseUsers: [
      {
        name: name.replaceAll("-", "_"),
        kind,
        server,
        database: clusterDatabase,
        access: "monitor",
        password: { secret },
      },
    ],
  } satisfies Partial<ServiceTemplate>;
}

function serverAddress(kind: DatabaseKind): string {
  const { service, port } = databaseServers[kind];
  return `${service}:${port}`;
}
