import { breachesOf, evaluate } from "../../../policy/evaluate";
import type { AnyResource } from "../../../policy/resource";
import type { Rule } from "../../../policy/rule";
import { type RuleId, rules } from "../../../policy/rules";
import { goodStack } from "./good";

const policies = { system: "devcontainer", levels: {}, exceptions: [] } as const;

/** The stack that breaks no rule, changed as the rule's example says. */
function broken(rule: Rule): readonly AnyResource[] {
  if ("checkStack" in rule) return rule.example(goodStack);
  const { inputs, options } = rule.example;
  return goodStack.map((resource) =>
    resource.type === rule.type
      ? {
          ...resource,
          inputs: { ...resource.inputs, ...inputs },
          options: { ...resource.options, ...options },
        }
      : resource,
  );
}

const brokenRules = (resources: readonly AnyResource[]) => [
  ...new Set(evaluate(resources, policies, []).violations.map(({ rule }) => rule.id)),
];

describe("a stack that keeps to all rules", () => {
  it("breaks none", () => {
    expect(evaluate(goodStack, policies, [])).toEqual({ violations: [], unused: [] });
  });
});

describe.each(rules.map((rule) => [rule.id, rule] as const))("%s", (id, rule) => {
  it("is broken by its example, alone, with a value that names what is wrong", () => {
    const resources = broken(rule);
    expect(brokenRules(resources)).toEqual([id]);
    for (const { setting, value } of breachesOf(rule, { system: "devcontainer", resources })) {
      expect(setting).not.toBe("");
      expect(value).not.toBe("");
    }
  });

  it("says where it comes from and what mends it", () => {
    for (const reference of rule.reference)
      expect(reference).toMatch(/^(CIS [45]\.\d+|OWASP \d+|this project)$/);
    expect(rule.title).toMatch(/^[A-Z].*[^.]$/);
    expect(rule.remedy).toMatch(/^[a-z].*[^.]$/);
  });
});

describe("the rules", () => {
  it("have names of their own", () => {
    const ids = rules.map((rule): RuleId => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
