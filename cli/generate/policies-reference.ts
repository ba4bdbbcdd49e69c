import { levelOf } from "../../policy/evaluate";
import { projectExceptions } from "../../policy/exceptions";
import type { Rule } from "../../policy/rule";
import { type RuleId, rules } from "../../policy/rules";
import { stackPolicies } from "../../policy/settings";
import { describeStack, stackNames } from "../stack-file";

/** docs/policies.md: every rule with its level in every stack, from the rules themselves. */
export function policiesReference(): string {
  const stacks = stackNames();
  const policies = stacks.map((stack) => stackPolicies(describeStack({ stack }, "registry").settings));
  const levels = (rule: Rule<RuleId>) => policies.map((policy) => levelOf(rule, policy));
  return [
    "# Policies",
    "",
    "<!-- Made from policy/ by `npm run generate`; edit it there. -->",
    "",
    "Everything that a stack registers is held to these rules. They come from the CIS Docker Benchmark 1.6.0, from OWASP's",
    "Docker Security Cheat Sheet, and from this project. They are asked",
    "",
    "- by the program itself, before it registers anything: `npm run up`, `pulumi up` and previews refuse a stack that breaks a",
    "  mandatory rule, and warn of an advisory one;",
    "- by `npm run check`, for every stack and both sources of images, without an engine;",
    "- by a policy pack, for whoever does not want to trust the program: `pulumi preview --policy-pack policy`. It is a process of its own and takes",
    "  some seconds, which is why an update does without it. A stack whose settings are in another file than `Pulumi.<stack>.yaml`",
    "  names it to the pack in the environment variable `MCP_STACK_FILE`. Rules with a ¹ are not in the pack, as Pulumi tells",
    "  packs neither which values are secret nor what is retained.",
    "",
    "A stack's settings file sets another level, or makes an exception with its reason:",
    "",
    "```yaml",
    "mcp:policies:",
    "  levels:",
    "    upstream-by-digest: mandatory",
    "  exceptions:",
    "    k8s-plugin:",
    "      no-sensitive-host-folders:",
    "        values: [/etc/rancher/k3s/k3s.yaml]",
    "        reason: The cluster's own file; read-only.",
    "```",
    "",
    "An exception names the values that may break the rule, as its message prints them. One that nothing needs is an error.",
    "",
    "## Rules",
    "",
    ...table(
      ["Rule", "What holds", "From", ...stacks.map((stack) => `\`${stack}\``), "What mends a breach"],
      rules.map((rule) => [
        `\`${rule.id}\`${rule.onlyInProgram ? " ¹" : ""}`,
        rule.title,
        rule.reference.join(", "),
        ...levels(rule),
        sentence(rule.remedy),
      ]),
    ),
    "",
    "Not asked of resources: the UTS namespace (CIS 5.21), which the Docker provider has no argument for, and what `docker exec`",
    "is used for (CIS 5.23, 5.24). A test asks a running cluster for the whole of section 5 of the benchmark.",
    "",
    "## Exceptions of the project's own services",
    "",
    ...table(
      ["Service", "Rule", "Values", "Reason"],
      projectExceptions.map(({ service, rule, values, reason }) => [
        service,
        `\`${rule}\``,
        values.map((value) => `\`${value}\``).join(", "),
        reason,
      ]),
    ),
    "",
  ].join("\n");
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
