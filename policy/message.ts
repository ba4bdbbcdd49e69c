import type { ServiceBreach, UnusedException, Violation } from "./evaluate";

/** A violation in one line: the service, the setting, its value, the rule, and what mends it. */
export function violationMessage(violation: Violation): string {
  const { id, title, reference, remedy } = violation.rule;
  return `${breachMessage(violation)}. ${title} (${[id, ...reference].join(", ")}). Fix: ${remedy}.`;
}

/** The part of it that a reader needs who is told the rule already. */
export function breachMessage({ service, setting, value }: ServiceBreach): string {
  return `${service}, ${setting}: ${value}`;
}

/** An exception that nothing needs, in one line. */
export function unusedMessage({ exception: { service, rule }, values }: UnusedException): string {
  return (
    `${service}: the exception from ${rule} for ${values.join(", ")} is not used. ` +
    "Fix: take it out of the stack's `mcp:policies.exceptions`, or of policy/exceptions.ts."
  );
}
