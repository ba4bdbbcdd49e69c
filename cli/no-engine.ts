import { existsSync } from "node:fs";

/** What the stack's devcontainer alone has; see images/devcontainer/. */
const devcontainerOnly = "/usr/local/bin/devcontainer-entrypoint";

/** Whether this process is in a stack's devcontainer, which has no engine on purpose: who has one is root on its host. */
export function isInDevcontainer(): boolean {
  return existsSync(devcontainerOnly);
}

/** What to do where no engine answers. */
export function noEngine(environment: NodeJS.ProcessEnv = process.env, inside = isInDevcontainer()): string {
  const chosen = environment.DOCKER_HOST ?? environment.DOCKER_CONTEXT;
  if (chosen) return `No Docker engine answers at ${chosen}; start it, or unset DOCKER_HOST.`;
  if (inside)
    return (
      "There is no Docker engine in the devcontainer, on purpose: run this command on the host, in the project's folder there. " +
      "MCP servers are reached from here by: mcp-connect NAME"
    );
  return "No Docker engine answers. Start it with: npm run setup";
}
