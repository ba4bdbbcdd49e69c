import type { Probe } from "./types";

const patient = { interval: 5, timeout: 5, startPeriod: 10, retries: 5 };

/**
 * Asks PostgreSQL for a row over TCP, as its clients do: upstream's image serves its socket while the data directory is
 * still being made, and a half-made database is not to be taken for healthy.
 */
export const postgresProbe: Probe = {
  ...patient,
  command: ["CMD", "psql", "-h", "127.0.0.1", "-U", "postgres", "-d", "postgres", "-qtAXc", "SELECT 1"],
};

/** Asks MariaDB whether it serves the network, which it does not while the data directory is being made. */
export const mariadbProbe: Probe = {
  ...patient,
  command: ["CMD-SHELL", "mariadb -u mysql -Nse 'SELECT @@skip_networking' | grep -qx 0"],
};

/** Asks an MCP server's `/health`, which in turn asks what the server depends on. */
export const mcpServerProbe: Probe = { ...patient, command: ["CMD", "mcp-server", "health"] };

/** Asks with a program that the image has for it. */
export function programProbe(...command: string[]): Probe {
  return { ...patient, command: ["CMD", ...command] };
}

/** Asks a program's own page. */
export function webProbe(port: number, path: string): Probe {
  return {
    ...patient,
    command: ["CMD", "wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${port}${path}`],
  };
}
