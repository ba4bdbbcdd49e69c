import type { Settings } from "../config/schema";
import type { StackPolicies } from "./evaluate";
import type { Exception } from "./exceptions";
import type { RuleId } from "./rules";

/** The rules as a stack's settings change them. */
export function stackPolicies({ system, policies }: Pick<Settings, "system" | "policies">): StackPolicies {
  const exceptions = Object.entries(policies?.exceptions ?? {}).flatMap(([service, byRule]) =>
    Object.entries(byRule).flatMap(([rule, exception]): Exception[] =>
      exception ? [{ service, rule: rule as RuleId, ...exception }] : [],
    ),
  );
  return { system, levels: policies?.levels ?? {}, exceptions };
}
