import { readFileSync } from "node:fs";
import { z } from "zod";
import { LOG_LEVELS } from "./log";

/** The environment of the process is not what the program needs; the message names each variable and what is wrong. */
export class EnvironmentError extends Error {
  constructor(problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "EnvironmentError";
  }
}

/** A whole number in a variable, within bounds. */
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be between ${least} and ${most}`);

/** A comma-separated list in a variable; empty items are dropped. */
export const list = z.string().transform((value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

/** What every server reads from its environment. */
export const hostSettings = z.object({
  /** Port of the HTTP server. */
  MCP_PORT: wholeNumber(0, 65535).prefault("8000"),
  /** Address the HTTP server listens on. */
  MCP_HOST: z.string().min(1).prefault("0.0.0.0"),
  /** Further names clients may call the server by, comma-separated; see `isAllowedHost` for those that always pass. */
  MCP_ALLOWED_HOSTS: list.prefault(""),
  /** Further host names of web pages that may call the server, comma-separated; those on the loopback always may. */
  MCP_ALLOWED_ORIGINS: list.prefault(""),
  /**
   * Folder with `cert.pem`, `key.pem` and `ca.pem`: the server listens over TLS, and answers whoever has a certificate from one
   * of these authorities; without it over plain HTTP. Other files there are taken over as it runs.
   */
  MCP_TLS_FOLDER: z.string().startsWith("/", "must be an absolute path").optional(),
  /**
   * Port of the loopback that `/health` is on over plain HTTP as well: over TLS the health check would start Node every few
   * seconds, as nothing smaller in the images speaks it.
   */
  MCP_HEALTH_PORT: wholeNumber(0, 65535).optional(),
  /** How long calls in flight may take to end once the server was told to stop. Docker kills after 10 seconds. */
  MCP_SHUTDOWN_SECONDS: wholeNumber(0, 600).prefault("8"),
  /** The lowest level that is logged. */
  LOG_LEVEL: z.enum(LOG_LEVELS).prefault("info"),
});
export type HostSettings = z.output<typeof hostSettings>;

/**
 * Reads variables through a schema. Where `NAME` is absent and `NAME_FILE` is set, the value is that file's content
 * without its last line end, as Docker secrets give it. An empty variable counts as absent.
 * @throws EnvironmentError naming every variable that is missing or wrong, but no value: it may be a secret.
 */
export function readEnvironment<S extends z.ZodObject>(
  schema: S,
  environment: NodeJS.ProcessEnv,
): z.output<S> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const file = environment[`${name}_FILE`];
    try {
      const value =
        environment[name] || (file ? readFileSync(file, "utf8").replace(/\r?\n$/, "") : undefined);
      if (value !== undefined && value !== "") values[name] = value;
    } catch (error) {
      problems.push(
        `${name}_FILE can't be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`,
      );
    }
  }
  const parsed = schema.safeParse(values);
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const name = issue.path.join(".");
    if (problems.some((problem) => problem.startsWith(`${name}_FILE`))) continue;
    problems.push(name in values ? `${name}: ${issue.message}` : `${name} is not set`);
  }
  throw new EnvironmentError(problems);
}
