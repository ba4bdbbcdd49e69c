import {
  type Policies,
  PolicyPack,
  type PolicyResourceOptions,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { breachesInStack, breachesOf, isExcepted, levelOf, type Violation } from "./evaluate";
import { projectExceptions } from "./exceptions";
import { breachMessage } from "./message";
import type { AnyResource } from "./resource";
import type { Level, Rule } from "./rule";
import { type RuleId, rules } from "./rules";
import { policiesOfUrn } from "./stack-of-urn";
import { withoutUnknowns } from "./unknowns";

/**
 * The rules as a Pulumi policy pack: `pulumi preview --policy-pack policy`. A pack's policies have one level each, and
 * which stack they are for is known only when the first resource comes. So every rule is there twice, as mandatory and as
 * advisory, and that one speaks whose level the rule has in the stack.
 */
new PolicyPack("mcp-environments", {
  policies: rules
    .filter(({ onlyInProgram }) => !onlyInProgram)
    .flatMap((rule): Policies => [policyOf(rule, "mandatory"), policyOf(rule, "advisory")]),
});

type Validation =
  Pick<ResourceValidationPolicy, "validateResource"> | Pick<StackValidationPolicy, "validateStack">;

function policyOf(rule: Rule<RuleId>, level: Exclude<Level, "disabled">): Policies[number] {
  const about = {
    name: level === "mandatory" ? rule.id : `${rule.id}-advised`,
    description: `${rule.title} (${rule.reference.join(", ")}).`,
    enforcementLevel: level,
    remediationSteps: rule.remedy,
  };
  return { ...about, ...validation(rule, level) };
}

function validation(rule: Rule<RuleId>, level: Exclude<Level, "disabled">): Validation {
  if ("checkStack" in rule) {
    return {
      validateStack({ resources }, report) {
        const [first] = resources;
        if (!first || levelOf(rule, policiesOfUrn(first.urn)) !== level) return;
        const policies = policiesOfUrn(first.urn);
        const all = resources.map(seen);
        for (const breach of breachesInStack(rule, { system: policies.system, resources: all }))
          if (!isExcepted(rule, breach, [...projectExceptions, ...policies.exceptions]))
            report(told(rule, breach));
      },
    };
  }
  return {
    validateResource(resource, report) {
      if (resource.type !== rule.type) return;
      const policies = policiesOfUrn(resource.urn);
      if (levelOf(rule, policies) !== level) return;
      for (const breach of breachesOf(rule, seen(resource)))
        if (!isExcepted(rule, breach, [...projectExceptions, ...policies.exceptions]))
          report(told(rule, breach));
    },
  };
}

/** Pulumi prints the policy's description above each report. */
function told({ remedy }: Rule, breach: Omit<Violation, "rule" | "level">): string {
  return `${breachMessage(breach)}. Fix: ${remedy}.`;
}

/** A resource as the engine tells of it. */
function seen(resource: {
  type: string;
  name: string;
  props: Record<string, unknown>;
  opts: PolicyResourceOptions;
}): AnyResource {
  const { type, name, props, opts } = resource;
  return { type, name, inputs: withoutUnknowns(props), options: { ignoreChanges: opts.ignoreChanges } };
}
