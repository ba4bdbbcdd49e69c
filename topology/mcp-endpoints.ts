import type { Service } from "./types";

/** The command with which a client on the engine's machine speaks MCP with a service on stdio; undefined where it has none. */
export function stdioOnHost({
  containerName,
  mcp,
}: Pick<Service, "containerName" | "mcp">): [command: string, ...args: string[]] | undefined {
  return mcp?.stdio && ["docker", "exec", "-i", containerName, ...mcp.stdio];
}

/** The same inside the stack's devcontainer, where there is no Docker. */
export function stdioInWorkspace({
  name,
  mcp,
}: Pick<Service, "name" | "mcp">): [command: string, ...args: string[]] | undefined {
  return mcp?.stdio && ["mcp-connect", name];
}

/** Where other containers of the stack find a service's MCP endpoint; undefined where it has none. */
export function endpointInNetwork({ name, mcp }: Pick<Service, "name" | "mcp">): string | undefined {
  return mcp && `http://${name}:${mcp.port}/mcp`;
}
