/** Takes the place of every name that is not known, as OpenTelemetry has it: a client must not be able to make series. */
export const OTHER = "_OTHER";

/** The requests that a client can make in either protocol era. */
export const REQUESTS: ReadonlySet<string> = new Set([
  "completion/complete",
  "initialize",
  "logging/setLevel",
  "ping",
  "prompts/get",
  "prompts/list",
  "resources/list",
  "resources/read",
  "resources/subscribe",
  "resources/templates/list",
  "resources/unsubscribe",
  "server/discover",
  "subscriptions/listen",
  "tools/call",
  "tools/list",
]);

/** The notifications that a client can send in either protocol era. */
export const NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/cancelled",
  "notifications/initialized",
  "notifications/progress",
  "notifications/roots/list_changed",
]);
