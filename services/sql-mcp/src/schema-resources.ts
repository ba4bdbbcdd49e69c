import { ProtocolError, ProtocolErrorCode, ResourceTemplate } from "@modelcontextprotocol/server";
import type { ToolContext } from "./tools/context";
import { describeFailure } from "./errors";
import { UnknownNameError } from "./unknown-name";

const part = (value: unknown) => decodeURIComponent(String(value));

/** Every table's description as a resource, `schema://<schema>/<table>`, for clients that put resources in context. */
export function registerSchemaResources({ server, database, password, reachSetting }: ToolContext): void {
  const template = new ResourceTemplate("schema://{schema}/{table}", {
    list: async ({ mcpReq: { signal } }) => {
      const { tables } = await guarded(() => database.listTables(undefined, signal));
      return {
        resources: tables.map(({ schema, name, kind }) => ({
          uri: `schema://${encodeURIComponent(schema)}/${encodeURIComponent(name)}`,
          name: `${schema}.${name}`,
          description: `Columns, keys and indexes of the ${kind} ${schema}.${name}`,
          mimeType: "application/json",
        })),
      };
    },
  });
  server.registerResource(
    "table schema",
    template,
    {
      title: "Table schema",
      description: "Columns, keys and indexes of a table",
      mimeType: "application/json",
    },
    async (uri, { schema, table }, { mcpReq: { signal } }) => {
      const description = await guarded(() => database.describeTable(part(table), part(schema), signal), uri);
      return {
        contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(description) }],
      };
    },
  );

  async function guarded<T>(work: () => Promise<T>, uri?: URL): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UnknownNameError)
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `Resource ${uri?.href} not found: ${error.message}`,
        );
      throw new ProtocolError(
        ProtocolErrorCode.InternalError,
        describeFailure(error, password, reachSetting),
      );
    }
  }
}
