import { allServices } from "../../topology/services";
import type { Service, Tier } from "../../topology/types";
import { buildToolsDashboard } from "./build-tools";
import { clusterDashboard } from "./cluster";
import { gatewayDashboard } from "./gateway";
import { mariadbDashboard } from "./mariadb";
import { mcpServerDashboard } from "./mcp-server";
import type { Dashboard } from "./model";
import { postgresDashboard } from "./postgres";

/** The dashboards of each kind of database server. */
const databaseDashboards = { postgres: postgresDashboard, mariadb: mariadbDashboard };

/** Every dashboard of a stack, made for the services that it has. */
export function dashboardsOf(tiers: readonly Tier[]): Dashboard[] {
  const services = allServices({ tiers });
  const buildTools = tiers.find(({ name }) => name === "build-tools")?.services ?? [];
  return [
    clusterDashboard(namesOf(services)),
    ...services.flatMap(databaseDashboard),
    ...services.filter(isGateway).map(({ name }) => gatewayDashboard(name)),
    ...services.filter(isMcpServer).map(({ name }) => mcpServerDashboard(name)),
    ...(buildTools.length > 0
      ? [buildToolsDashboard(namesOf(buildTools), namesOf(buildTools.filter(isBuildkit))[0])]
      : []),
  ];
}

/** The dashboard of the database server that a service exports the statistics of, if it does. */
function databaseDashboard({ name, metrics, databaseUsers }: Service): Dashboard[] {
  const watched = databaseUsers.find(({ access }) => access === "monitor");
  return metrics && watched ? [databaseDashboards[watched.kind](watched.server, name)] : [];
}

/** One that clients start by itself, or that a gateway is in front of. */
function isMcpServer({ mcp, metrics }: Service): boolean {
  return mcp?.stdio !== undefined || metrics?.replicated === true;
}

function isGateway({ image }: Service): boolean {
  return image === "mcp-gateway";
}

function isBuildkit({ image }: Service): boolean {
  return image === "buildkit";
}

function namesOf(services: readonly Service[]): string[] {
  return services.map(({ name }) => name);
}
