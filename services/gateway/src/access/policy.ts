/** Which tools a client may see and call, as `<server>__<tool>` with `*` for any text. */
export interface PolicyRules {
  /** Without it every tool is allowed. */
  allow?: string[];
  /** Goes before `allow`. */
  deny: string[];
}

/** What a client may do. */
export interface Policy {
  /** Whether there is any rule: without one nothing has to be looked into. */
  restricts: boolean;
  allows(server: string, tool: string): boolean;
  /** Its rules, as one text: the same for the same rules. */
  readonly rules: string;
}

/** Everything is allowed. */
export const unrestricted: Policy = { restricts: false, allows: () => true, rules: "" };

/** Makes a policy of rules. */
export function policyOf({ allow, deny }: PolicyRules): Policy {
  if (!allow && deny.length === 0) return unrestricted;
  const allowed = allow?.map(pattern);
  const denied = deny.map(pattern);
  return {
    restricts: true,
    rules: JSON.stringify([allow, deny]),
    allows(server, tool) {
      const name = `${server}__${tool}`;
      if (denied.some((rule) => rule.test(name))) return false;
      return allowed?.some((rule) => rule.test(name)) ?? true;
    },
  };
}

function pattern(rule: string): RegExp {
  const parts = rule.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
