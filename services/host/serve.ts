import { socketPath } from "./attach";
import { Calls } from "./calls";
import { Cancellations } from "./cancellations";
import { EnvironmentError, hostSettings, type HostSettings, readEnvironment } from "./environment";
import { withExactArguments } from "./exact-arguments";
import { healthReporter } from "./health";
import { serveHttp } from "./http";
import { createLogger, describeError, type Logger } from "./log";
import { measured } from "./metrics";
import type { Program, Service } from "./program";
import { stopSignal } from "./signal";
import { serveSocket, serveStreams } from "./stdio";
import { startTracing, traceIds } from "./tracing";

/** A service with what every transport needs. */
interface Serving {
  service: Service;
  settings: HostSettings;
  calls: Calls;
  log: Logger;
}

/** What serves by now. */
interface Running {
  /** Resolves when the only client went away. */
  clientGone: Promise<void>;
  /** No further clients; resolves once those that there are ask for nothing more. */
  drain: () => Promise<void>;
  close: () => Promise<void>;
  details: Record<string, unknown>;
}

/**
 * Serves a program until it is told to stop or its only client went away, then ends in order: no new clients, calls in
 * flight come to their end within the time the settings give, connections close, the service gives back what it holds.
 * @returns the process's exit code.
 */
export async function serve(program: Program, transport: "http" | "stdio"): Promise<number> {
  try {
    const settings = readEnvironment(hostSettings, process.env);
    const log = createLogger(settings.LOG_LEVEL, undefined, traceIds);
    const stopTracing = await startTracing(process.env, program, log);
    const service = await program.open(process.env, log);
    const serving: Serving = { service, settings, log, calls: new Calls() };
    const running = await (transport === "http" ? listen(serving) : converse(serving));
    log.info("serving", { server: program.name, version: program.version, transport, ...running.details });
    const reason = await Promise.race([running.clientGone.then(() => "client gone"), stopSignal()]);
    log.info("stopping", { reason, calls: serving.calls.count });
    await running.drain();
    if (!(await serving.calls.finished(settings.MCP_SHUTDOWN_SECONDS * 1000))) {
      log.warn("calls cut off", { calls: serving.calls.count });
    }
    await running.close();
    await service.close();
    await stopTracing();
    log.info("stopped");
    return 0;
  } catch (error) {
    const usable = error instanceof EnvironmentError;
    process.stderr.write(`${usable ? error.message : `${program.name}: ${describeError(error).error}`}\n`);
    return usable ? 2 : 1;
  }
}

async function listen({ service, settings, calls, log }: Serving): Promise<Running> {
  const { createServer, sessions, registry } = await measured(service, log);
  const http = await serveHttp({
    createServer,
    sessions,
    ...(service.cancellable ? { cancellations: new Cancellations() } : {}),
    calls,
    report: healthReporter(service.checks),
    metrics: registry,
    settings,
    log,
  });
  const closeSocket = await serveSocket({ createServer, calls, log }, socketPath(process.env));
  return {
    clientGone: new Promise<void>(() => undefined),
    drain: () => http.drain(),
    close: async () => {
      await Promise.all([http.close(), closeSocket()]);
    },
    details: { port: http.port },
  };
}

async function converse({ service, calls, log }: Serving): Promise<Running> {
  const { createServer } = withExactArguments(service);
  const client = serveStreams({ createServer, calls, log }, process.stdin, process.stdout);
  return {
    clientGone: client.closed,
    drain: async () => undefined,
    close: () => client.close(),
    details: {},
  };
}
