import type { SecretSpec } from "../../topology";

/** A value that is not in the project's files: Compose takes it from `.env` beside them. */
export interface Variable {
  name: string;
  /** Why the user has to fill it in; without it, a random value is made. */
  given?: string;
}

/** What the containers of this very export are labelled with; see components/labels.ts. */
export const environmentVariable: Variable = { name: "MCP_ENVIRONMENT" };

/** The variable that holds a secret of the topology: `postgres-password` is `POSTGRES_PASSWORD`. */
export function variableName(secret: string): string {
  return secret.replaceAll("-", "_").toUpperCase();
}

/** The variable of a secret, and whether its value can be made up. */
export function secretVariable({ name, source }: SecretSpec): Variable {
  const given =
    source.kind === "setting"
      ? { given: `the stack's setting mcp:${[source.key, ...(source.path ?? [])].join(".")}` }
      : {};
  return { name: variableName(name), ...given };
}

/** A reference that Compose fills in, and refuses to start anything without. */
export function reference(variable: string): string {
  return `\${${variable}:?is not set in .env}`;
}

/** A value as it stands, however many `$` it has: Compose takes those for references. */
export function verbatim<T>(value: T): T {
  if (typeof value === "string") return value.replaceAll("$", "$$$$") as T;
  if (Array.isArray(value)) return value.map(verbatim) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, verbatim(inner)])) as T;
}
