import type { McpServerFactory } from "@modelcontextprotocol/server";
import { fixedServer } from "../../host/fixed-server";
import type { Database } from "./database";
import { registerSchemaResources } from "./schema-resources";
import type { Settings } from "./settings";
import type { ToolContext } from "./tools/context";
import { registerDescribeTable } from "./tools/describe-table";
import { registerExecute } from "./tools/execute";
import { registerExplain } from "./tools/explain";
import { registerListTables } from "./tools/list-tables";
import { registerQuery } from "./tools/query";

const TITLES = { postgres: "PostgreSQL", mariadb: "MariaDB" };

/** Makes the MCP servers of a database; all of them share it. */
export function serverFactory(database: Database, settings: Settings, version: string): McpServerFactory {
  const { kind, access, limits, connection, reachSetting } = settings;
  return () => {
    const server = fixedServer(
      { name: `${kind}-mcp`, title: `${TITLES[kind]} database ${connection.database}`, version },
      {
        instructions:
          `Access to the ${TITLES[kind]} database "${connection.database}". ` +
          "Look at list_tables and describe_table before writing SQL; pass values as parameters.",
        resources: true,
      },
    );
    const context: ToolContext = {
      server,
      database,
      kind,
      limits,
      reachSetting,
      password: connection.password,
    };
    registerListTables(context);
    registerDescribeTable(context);
    registerQuery(context);
    if (access === "write") registerExecute(context);
    registerExplain(context);
    registerSchemaResources(context);
    return server;
  };
}
