import type { System } from "../config/schema";
import type { Exception } from "./exceptions";
import { type AnyResource, type Resource, serviceOf } from "./resource";
import type { Breach, Level, Rule, StackView } from "./rule";
import { type RuleId, rules } from "./rules";

/** The rules as a stack's settings change them. */
export interface StackPolicies {
  system: System;
  /** Levels other than the rules' own. */
  levels: Partial<Record<RuleId, Level | undefined>>;
  /** What the stack lets pass besides the project's own exceptions. */
  exceptions: readonly Exception[];
}

/** A breach, and the service that the resource belongs to. */
export interface ServiceBreach extends Breach {
  service: string;
}

/** A breach of a rule that no exception lets pass, at the level that the rule has in the stack. */
export interface Violation extends ServiceBreach {
  rule: Rule<RuleId>;
  level: Exclude<Level, "disabled">;
}

/** An exception, and those of its values that nothing breaks the rule by. */
export interface UnusedException {
  exception: Exception;
  values: readonly string[];
}

/** What a stack's resources break, and which exceptions let nothing pass. */
export interface Verdict {
  violations: Violation[];
  unused: UnusedException[];
}

/** The level of a rule in a stack. */
export function levelOf(rule: Rule<RuleId>, { levels }: StackPolicies): Level {
  return levels[rule.id] ?? rule.level;
}

/** What a rule finds in a stack, or in a part of one, before exceptions. */
export function breachesOf(rule: Rule<RuleId>, stack: StackView): ServiceBreach[] {
  const found =
    "checkStack" in rule
      ? rule.checkStack(stack)
      : stack.resources
          .filter(({ type }) => type === rule.type)
          .flatMap((resource) => rule.check(resource as Resource).map((breach) => ({ resource, ...breach })));
  return found
    .filter(({ resource: { unknown = [] }, setting }) => !unknown.includes(inputOf(setting)))
    .map(({ resource, setting, value }) => ({ service: serviceOf(resource), setting, value }));
}

/** The input that a setting is a part of: `capabilities` of `capabilities.adds`. */
function inputOf(setting: string): string {
  return setting.split(/[. ]/)[0] ?? setting;
}

/** Whether an exception lets a breach of a rule pass. */
export function lets(exception: Exception, rule: Rule<RuleId>, { service, value }: ServiceBreach): boolean {
  return exception.rule === rule.id && exception.service === service && exception.values.includes(value);
}

/**
 * Applies every rule that a stack does not disable to all of its resources.
 * @param projectExceptions those for services that the stack lacks don't count as unused, as those of the stack's own do.
 */
export function evaluate(
  resources: readonly AnyResource[],
  policies: StackPolicies,
  projectExceptions: readonly Exception[],
): Verdict {
  const services = new Set(resources.map(serviceOf));
  const exceptions = [
    ...projectExceptions.filter(({ service }) => services.has(service)),
    ...policies.exceptions,
  ];
  const asked = rules.flatMap((rule) => {
    const level = levelOf(rule, policies);
    if (level === "disabled") return [];
    return [{ rule, level, breaches: breachesOf(rule, { system: policies.system, resources }) }];
  });
  return {
    violations: asked.flatMap(({ rule, level, breaches }) =>
      breaches
        .filter((breach) => !exceptions.some((exception) => lets(exception, rule, breach)))
        .map((breach) => ({ rule, level, ...breach })),
    ),
    unused: exceptions.flatMap((exception) => {
      const of = asked.find(({ rule }) => rule.id === exception.rule);
      const needed = (of?.breaches ?? [])
        .filter(({ service }) => service === exception.service)
        .map(({ value }) => value);
      const values = exception.values.filter((value) => !needed.includes(value));
      return of && values.length > 0 ? [{ exception, values }] : [];
    }),
  };
}
