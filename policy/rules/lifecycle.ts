import { breach, containerRule } from "../rule";

/** The most restarts in a row that the benchmark lets pass. Source: CIS Docker Benchmark 1.6.0, section 5.15. */
const mostRetries = 5;

/** How a container starts again, and how the engine knows whether it works. */
export const lifecycle = [
  containerRule({
    id: "restarts-bounded",
    title: "Every container starts again when it ends, and stays stopped when an operator stops it",
    reference: ["CIS 5.15", "OWASP 7"],
    level: "mandatory",
    // The benchmark wants `on-failure` with five retries, after which a service stays down. The engine's own growing
    // pauses bound a loop of restarts as well, and an alert tells of it.
    remedy: `set \`restart\` to unless-stopped, or to on-failure with a \`maxRetryCount\` of at most ${mostRetries}`,
    check: ({ restart, maxRetryCount = 0 }) => {
      const bounded = restart === "on-failure" && maxRetryCount >= 1 && maxRetryCount <= mostRetries;
      return breach(restart !== "unless-stopped" && !bounded, "restart", restart);
    },
    example: { restart: "always" },
  }),
  containerRule({
    id: "health-checked",
    title: "Every container's health is checked",
    reference: ["CIS 5.27", "CIS 4.6"],
    level: "mandatory",
    remedy: "give `healthcheck.tests` a command that asks the program for an answer",
    check: ({ healthcheck }) => {
      const [kind, ...command] = healthcheck?.tests ?? [];
      const asks = (kind === "CMD" || kind === "CMD-SHELL") && command.length > 0;
      return breach(!asks, "healthcheck.tests", healthcheck?.tests);
    },
    example: { healthcheck: { tests: ["NONE"] } },
  }),
];
