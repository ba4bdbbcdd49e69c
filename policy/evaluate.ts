import type { System } from "../config/schema";
import type { Exception } from "./exceptions";
import { type AnyResource, type Resource, serviceOf } from "./resource";
import type { Breach, Level, Rule, StackView } from "./rule";
import { type RuleId, rules } from "./rules";

/** What a stack's settings say of the rules. */
export interface PolicySettings {
  /** Levels other than the rules' own. */
  levels: Partial<Record<RuleId, Level | undefined>>;
  exceptions: readonly Exception[];
}

/** The rules as they are for one stack. */
export interface StackPolicies extends PolicySettings {
  system: System;
}

/** A breach of a rule by a service, at the level that the rule has in the stack. */
export interface Violation extends Breach {
  rule: Rule<RuleId>;
  service: string;
  level: Exclude<Level, "disabled">;
}

/** The level of a rule in a stack. */
export function levelOf(rule: Rule<RuleId>, { levels }: PolicySettings): Level {
  return levels[rule.id] ?? rule.level;
}

/** What a rule finds in one resource, exceptions left aside. */
export function breachesOf(rule: Rule<RuleId>, resource: AnyResource): (Breach & { service: string })[] {
  if ("checkStack" in rule || rule.type !== resource.type) return [];
  const service = serviceOf(resource);
  return rule.check(resource as unknown as Resource).map((breach) => ({ service, ...breach }));
}

/** What a rule finds in a whole stack, exceptions left aside. */
export function breachesInStack(rule: Rule<RuleId>, stack: StackView): (Breach & { service: string })[] {
  if ("checkStack" in rule) return rule.checkStack(stack);
  return stack.resources.flatMap((resource) => breachesOf(rule, resource));
}

/** Whether an exception lets a breach pass. */
export function isExcepted(
  rule: Rule<RuleId>,
  { service, value }: Breach & { service: string },
  all: readonly Exception[],
) {
  return all.some(
    (exception) =>
      exception.rule === rule.id && exception.service === service && exception.values.includes(value),
  );
}

/** An exception, or one value of it, that nothing breaks a rule by any more. */
export interface UnusedException {
  exception: Exception;
  values: readonly string[];
}

/** What a stack's resources break, and which exceptions let nothing pass. */
export interface Verdict {
  violations: Violation[];
  unused: UnusedException[];
}

/**
 * Applies every rule that a stack has not disabled to all of its resources.
 * @param projectExceptions exceptions of the project; those for services that the stack lacks don't count as unused.
 */
export function evaluate(
  resources: readonly AnyResource[],
  policies: StackPolicies,
  projectExceptions: readonly Exception[],
): Verdict {
  const exceptions = [...projectExceptions, ...policies.exceptions];
  const violations: Violation[] = [];
  const passed: { rule: RuleId; service: string; value: string }[] = [];
  for (const rule of rules) {
    const level = levelOf(rule, policies);
    if (level === "disabled") continue;
    for (const breach of breachesInStack(rule, { system: policies.system, resources })) {
      if (isExcepted(rule, breach, exceptions)) passed.push({ rule: rule.id, ...breach });
      else violations.push({ rule, level, ...breach });
    }
  }
  const services = new Set(resources.map(serviceOf));
  const asked = exceptions.filter(
    (exception) =>
      isAsked(exception.rule, policies) &&
      (services.has(exception.service) || policies.exceptions.includes(exception)),
  );
  const unused = asked.flatMap((exception) => {
    const values = exception.values.filter(
      (value) =>
        !passed.some(
          (used) =>
            used.rule === exception.rule && used.service === exception.service && used.value === value,
        ),
    );
    return values.length > 0 ? [{ exception, values }] : [];
  });
  return { violations, unused };
}

function isAsked(id: RuleId, policies: PolicySettings): boolean {
  return rules.some((rule) => rule.id === id && levelOf(rule, policies) !== "disabled");
}
