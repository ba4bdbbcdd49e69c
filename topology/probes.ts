import type { Probe } from "./types";

/**
 * Each check costs some 50 ms of processor time. Three in a row have to fail, which a dependency that is started again is
 * too quick for; what hangs is found out within a minute.
 */
const seldom = { interval: 15, timeout: 4, startPeriod: 10, retries: 3 };

/**
 * For databases, which everybody waits for: from the first check without an answer it takes less than twenty seconds. Interval
 * and start period are the specification's, which has no fewer retries and no shorter timeout either.
 */
const often = { interval: 5, timeout: 3, startPeriod: 10, retries: 3 };

/**
 * Asks PostgreSQL for a row over TCP, as its clients do: upstream's image serves its socket while the data directory is
 * still being made, and a half-made database is not to be taken for healthy.
 */
export const postgresProbe: Probe = {
  ...often,
  command: ["CMD", "psql", "-h", "127.0.0.1", "-U", "postgres", "-d", "postgres", "-qtAXc", "SELECT 1"],
};

/** Asks MariaDB whether it serves the network, which it does not while the data directory is being made. */
export const mariadbProbe: Probe = {
  ...often,
  command: ["CMD-SHELL", "mariadb -u mysql -Nse 'SELECT @@skip_networking' | grep -qx 0"],
};

/** Asks an MCP server's `/health`, which in turn asks what the server depends on. */
export const mcpServerProbe: Probe = { ...seldom, command: ["CMD", "mcp-server", "health"] };

/** Asks with a program that the image has for it. */
export function programProbe(...command: string[]): Probe {
  return { ...seldom, command: ["CMD", ...command] };
}

/** Asks with a line of a shell. */
export function shellProbe(line: string): Probe {
  return { ...seldom, command: ["CMD-SHELL", line] };
}

/** Asks a program's own page. */
export function webProbe(port: number, path: string): Probe {
  return {
    ...seldom,
    command: ["CMD", "wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${port}${path}`],
  };
}
