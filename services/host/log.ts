/** The levels of a log line, from the most to the least talkative. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one JSON line per event to standard error: standard output belongs to the protocol in stdio mode. */
export type Logger = Record<LogLevel, (message: string, details?: Record<string, unknown>) => void>;

/**
 * Makes a logger that drops everything below `level`.
 * @param level a function where it may change.
 * @param write where a line goes; another one than standard error is for tests.
 * @param always gives what every line says besides.
 */
export function createLogger(
  level: LogLevel | (() => LogLevel),
  write: (line: string) => void = (line) => process.stderr.write(line),
  always: () => Record<string, unknown> = () => ({}),
): Logger {
  const lowest = () => LOG_LEVELS.indexOf(typeof level === "function" ? level() : level);
  const at =
    (name: LogLevel) =>
    (message: string, details: Record<string, unknown> = {}) => {
      if (LOG_LEVELS.indexOf(name) < lowest()) return;
      const line = { time: new Date().toISOString(), level: name, message, ...always(), ...details };
      write(`${JSON.stringify(line)}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** An error's message and code for a log line; no stack and no properties, which may hold credentials. */
export function describeError(error: unknown): { error: string } {
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return { error: `${error instanceof Error ? error.message : String(error)}${code}` };
}
