import { freePort } from "../support/ports";
import type { Shared } from "../support/shared-stack";
import { type Settings, TestStack } from "../support/stack";

/** Three tiers: the third has volumes with configuration. Its settings serve all parts. */
export interface Tools {
  stack: TestStack;
  /** As it was made; parts that change a setting say the others again. */
  settings: Settings & { services: Record<string, Settings> };
  /** The port of the loopback that `mariadb-mcp` is published on. */
  port: number;
}

export const tools: Shared<Tools> = {
  async make() {
    const port = await freePort();
    // Quick to find out that it no longer answers.
    const services = { "mariadb-mcp": { probe: { interval: 2, retries: 2 }, publish: port } };
    const settings = { tiers: 3, services };
    return { stack: await TestStack.create(settings), settings, port };
  },
  stackOf: ({ stack }) => stack,
};
