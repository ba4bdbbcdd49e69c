import type { McpServerFactory } from "@modelcontextprotocol/server";
import { fixedServer } from "../../host/fixed-server";
import { registerEditFile } from "./tools/edit-file";
import type { Shared, ToolContext } from "./tools/context";
import { registerCreateDirectory } from "./tools/create-directory";
import { registerDirectoryTree } from "./tools/directory-tree";
import { registerFileInfo } from "./tools/file-info";
import { registerAllowedDirectories } from "./tools/allowed-directories";
import { registerListDirectory } from "./tools/list-directory";
import { registerMoveFile } from "./tools/move-file";
import { registerReadMediaFile } from "./tools/read-media-file";
import { registerReadMultipleFiles } from "./tools/read-multiple-files";
import { registerReadTextFile } from "./tools/read-text-file";
import { registerSearchFiles } from "./tools/search-files";
import { registerWriteFile } from "./tools/write-file";

/**
 * Makes the MCP servers of some folders; all of them share the roots and the queue of changes. The tools have the names,
 * arguments and texts of `@modelcontextprotocol/server-filesystem`, so that clients and models know them.
 */
export function serverFactory(shared: Shared, version: string): McpServerFactory {
  const { readable, writable } = shared.settings;
  return () => {
    const server = fixedServer(
      { name: "mcp-filesystem", title: "Files", version },
      {
        instructions:
          `Files below ${[...readable, ...writable].join(", ")}. ` +
          (writable.length > 0 ? `Only ${writable.join(", ")} can be written.` : "They can only be read."),
      },
    );
    const context: ToolContext = { server, ...shared };
    registerReadTextFile(context);
    registerReadMediaFile(context);
    registerReadMultipleFiles(context);
    if (writable.length > 0) {
      registerWriteFile(context);
      registerEditFile(context);
      registerCreateDirectory(context);
      registerMoveFile(context);
    }
    registerListDirectory(context);
    registerDirectoryTree(context);
    registerSearchFiles(context);
    registerFileInfo(context);
    registerAllowedDirectories(context);
    return server;
  };
}
