/** Resolves when a dependency answers, rejects with the reason when it does not. */
export type HealthCheck = () => Promise<void>;

/** What `/health` answers. `live` is true of every answer; `ready` says that all dependencies answered as well. */
export interface HealthReport {
  live: true;
  ready: boolean;
  checks: Record<string, { ok: boolean; milliseconds: number; error?: string }>;
}

/**
 * Runs the checks side by side. Callers that come while they run share the result: a probe that is called
 * more often than a database answers must not add to its load.
 * @param milliseconds how long a check may take before it counts as failed.
 */
export function healthReporter(
  checks: Record<string, HealthCheck>,
  milliseconds = 2000,
): () => Promise<HealthReport> {
  const report = async (): Promise<HealthReport> => {
    const results = await Promise.all(
      Object.entries(checks).map(
        async ([name, check]) => [name, await runCheck(check, milliseconds)] as const,
      ),
    );
    return { live: true, ready: results.every(([, { ok }]) => ok), checks: Object.fromEntries(results) };
  };
  return joined(report);
}

/** Work that is done once at a time: who asks for it while it is done gets what comes of that. */
export function joined<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= work().finally(() => (running = undefined)));
}

async function runCheck(check: HealthCheck, milliseconds: number): Promise<HealthReport["checks"][string]> {
  const begin = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  const elapsed = () => Math.round(performance.now() - begin);
  try {
    await Promise.race([check(), late]);
    return { ok: true, milliseconds: elapsed() };
  } catch (error) {
    return {
      ok: false,
      milliseconds: elapsed(),
      error: error instanceof Error ? error.message : String(error),
    };
  } finally {
    clearTimeout(timer);
  }
}
