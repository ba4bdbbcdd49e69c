import { freePort } from "../support/ports";
import type { Shared } from "../support/shared-stack";
import { type Settings, TestStack } from "../support/stack";

/** Databases and the servers that talk to them: the first two tiers, with settings that serve all parts. */
export interface Small {
  stack: TestStack;
  /** As it was made; parts that change a setting say the others again. */
  settings: Settings & { services: Record<string, Settings> };
  /** The port of the loopback that `postgres-mcp` is published on. */
  port: number;
}

export const databases = ["postgres-db", "mariadb"];
export const servers = ["postgres-mcp", "mariadb-mcp", "python-experimental"];
export const all = [...databases, ...servers];

export const small: Shared<Small> = {
  async make() {
    const port = await freePort();
    const services = {
      "postgres-mcp": { access: "owner", publish: port },
      // Quick to find out that a server no longer answers.
      "mariadb-mcp": { access: "owner", probe: { interval: 2, retries: 2 } },
    };
    return { stack: await TestStack.create({ services }), settings: { services }, port };
  },
  stackOf: ({ stack }) => stack,
};

/** The same settings, but that both SQL servers may only read: it shows in an environment variable of theirs. */
export function readOnly({ settings: { services } }: Small): Settings {
  const reading = (name: string) => [name, { ...services[name], access: "read" }] as const;
  return { services: Object.fromEntries(["postgres-mcp", "mariadb-mcp"].map(reading)) };
}
