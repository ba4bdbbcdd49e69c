import {
  type Policies,
  PolicyPack,
  type PolicyResourceOptions,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { breachesOf, lets, levelOf } from "./evaluate";
import { projectExceptions } from "./exceptions";
import { breachMessage } from "./message";
import { type AnyResource, unknownText } from "./resource";
import type { Level, Rule } from "./rule";
import { type RuleId, rules } from "./rules";
import { policiesOfUrn } from "./stack-of-urn";
import { withoutUnknowns } from "./unknowns";

type Enforced = Exclude<Level, "disabled">;
type Validation =
  Pick<ResourceValidationPolicy, "validateResource"> | Pick<StackValidationPolicy, "validateStack">;

/** A resource as the engine tells a pack of it. */
interface ToldResource {
  type: string;
  name: string;
  urn: string;
  props: Record<string, unknown>;
  opts: PolicyResourceOptions;
}

/**
 * The rules as a Pulumi policy pack: `pulumi preview --policy-pack policy`. A pack's policies have one level each, and
 * for which stack they are is known only when the first resource comes. So every rule is there twice, as mandatory and
 * as advisory, and that one speaks whose level the rule has in the stack.
 */
new PolicyPack("mcp-environments", {
  policies: rules
    .filter(({ onlyInProgram }) => !onlyInProgram)
    .flatMap((rule): Policies => [policyOf(rule, "mandatory"), policyOf(rule, "advisory")]),
});

function policyOf(rule: Rule<RuleId>, level: Enforced): Policies[number] {
  const about = {
    name: level === "mandatory" ? rule.id : `${rule.id}-advised`,
    description: `${rule.title} (${rule.reference.join(", ")}).`,
    enforcementLevel: level,
    remediationSteps: rule.remedy,
  };
  return { ...about, ...validation(rule, level) };
}

function validation(rule: Rule<RuleId>, level: Enforced): Validation {
  if ("checkStack" in rule)
    return {
      validateStack: ({ resources }, report) =>
        messages(rule, level, resources).forEach((text) => report(text)),
    };
  return {
    validateResource(resource, report) {
      if (resource.type === rule.type) messages(rule, level, [resource]).forEach((text) => report(text));
    },
  };
}

/** What is to be reported of these resources; Pulumi prints the policy's description above each. */
function messages(rule: Rule<RuleId>, level: Enforced, told: readonly ToldResource[]): string[] {
  const [first] = told;
  if (!first) return [];
  const policies = policiesOfUrn(first.urn);
  if (levelOf(rule, policies) !== level) return [];
  const exceptions = [...projectExceptions, ...policies.exceptions];
  return breachesOf(rule, { system: policies.system, resources: told.map(seen) })
    .filter((breach) => !exceptions.some((exception) => lets(exception, rule, breach)))
    .map((breach) => `${breachMessage(breach)}. Fix: ${rule.remedy}.`);
}

function seen({ type, name, props, opts }: ToldResource): AnyResource {
  const all = Object.entries(withoutUnknowns(props));
  return {
    type,
    name,
    inputs: Object.fromEntries(all.filter(([, value]) => value !== unknownText)),
    unknown: all.filter(([, value]) => value === unknownText).map(([input]) => input),
    options: { ignoreChanges: opts.ignoreChanges },
  };
}
