import type { ImageSource } from "../imaging/types";
import {
  dashboardsPath,
  grafanaFiles,
  grafanaFolder,
  grafanaHome,
  persesFile,
  persesFiles,
  persesFolder,
  persesState,
} from "../observability/dashboards/files";
import { programProbe, webProbe } from "./probes";
import type { ServiceTemplate } from "./service";
import { tierPlaces } from "./tiers";

/** What both have in common: nobody signs in, as the web entry asks for the password, and nothing is kept. */
const common = {
  name: "grafana",
  place: tierPlaces.monitoring,
  offset: 72,
  secrets: [],
  volumes: [],
  dependsOn: [],
  databaseUsers: [],
  stop: { signal: "SIGTERM", graceSeconds: 10 },
} satisfies Partial<ServiceTemplate>;

const page = (port: number) => ({ port, path: `${dashboardsPath}/`, title: "Dashboards" });

/** Grafana, read-only for everybody. */
const grafana: ServiceTemplate = {
  ...common,
  image: "grafana",
  user: "472:0",
  environment: {
    GF_SERVER_ROOT_URL: `%(protocol)s://%(domain)s${dashboardsPath}/`,
    GF_SERVER_SERVE_FROM_SUB_PATH: "true",
    GF_AUTH_ANONYMOUS_ENABLED: "true",
    GF_AUTH_ANONYMOUS_ORG_ROLE: "Viewer",
    // The password that browsers send along is the web entry's.
    GF_AUTH_BASIC_ENABLED: "false",
    GF_AUTH_DISABLE_LOGIN_FORM: "true",
    GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true",
    GF_USERS_VIEWERS_CAN_EDIT: "false",
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${grafanaFolder}/${grafanaHome}`,
    GF_PATHS_LOGS: "/var/lib/grafana/log",
    // It asks nobody outside of the cluster for anything.
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
    GF_NEWS_NEWS_FEED_ENABLED: "false",
    GF_PLUGINS_PREINSTALL_DISABLED: "true",
    GF_PLUGINS_PLUGIN_ADMIN_ENABLED: "false",
    GF_SNAPSHOTS_EXTERNAL_ENABLED: "false",
  },
  configs: ({ tiers }) => [{ path: grafanaFolder, files: grafanaFiles(tiers) }],
  tmpfs: [
    { path: "/tmp", sizeMiB: 16 },
    { path: "/var/lib/grafana", sizeMiB: 64 },
  ],
  port: 3000,
  goProgram: true,
  memoryMiB: 512,
  pids: 128,
  probe: { ...webProbe(3000, `${dashboardsPath}/api/health`), startPeriod: 30 },
  web: page(3000),
  metrics: { port: 3000, path: `${dashboardsPath}/metrics` },
};

/** The stack's name for what Perses encrypts passwords of data sources with. None has one; without a key it takes one that all know. */
const persesKey = "dashboards-key";

const persesConfig = `-config=${persesFolder}/${persesFile}`;

/** Perses, read-only by how it is built: see images/go/perses. */
const perses: ServiceTemplate = {
  ...common,
  image: "perses",
  user: "65534:65534",
  command: [persesConfig, "-log.level=warning"],
  secrets: [{ name: persesKey }],
  environment: { PERSES_SECURITY_ENCRYPTION_KEY: { secret: persesKey } },
  configs: ({ tiers }) => [{ path: persesFolder, files: persesFiles(tiers) }],
  tmpfs: [{ path: persesState, sizeMiB: 16 }],
  port: 8080,
  goProgram: true,
  memoryMiB: 128,
  pids: 64,
  probe: programProbe("perses", persesConfig, "-probe"),
  web: page(8080),
  metrics: { port: 8080, path: "/metrics" },
};

/** Who shows the dashboards: Grafana where its image can be pulled, and Perses, which can be built, elsewhere. */
export function dashboardViewer(source: ImageSource): ServiceTemplate {
  return source === "registry" ? grafana : perses;
}
