import { killed, madeGood } from "../../../bench/soak-kills";
import { rounds, seeded } from "../../rounds";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Tools } from "./stack";

/** Pulumi's lines that an update of two tiers surely prints: after each there is a kill in the middle of it. */
const lines = Array.from({ length: 30 }, (_, index) => index + 1);

function tests(tools: () => Tools) {
  let stack: TestStack;
  let access: "read" | "write" = "read";
  beforeAll(async () => {
    ({ stack } = tools());
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
  });

  it("a destruction that is killed while it locks users out is made good", async () => {
    const when = (line: string) => /DatabaseUser mariadb-mcp-mariadb deleting/.test(line);
    expect(await killed(stack, { command: "destroy", settings: {}, when })).toBe(false);
    expect(await madeGood(stack)).toBeUndefined();
  });

  it.each(rounds(lines, 1))(
    seeded("an update that is killed after its line %d is made good by one repair and one update"),
    async (last) => {
      access = access === "read" ? "write" : "read";
      const settings = { services: { "postgres-mcp": { access }, "mariadb-mcp": { access } } };
      await killed(stack, { command: "up", settings, when: (_line, count) => count === last });
      expect(await madeGood(stack)).toBeUndefined();
    },
  );
}

/** It goes on with two tiers, which have all that can be killed: what it leaves is not what the settings say. */
export const kills: Part<Tools> = { title: "updates that are killed", endsWithNothing: true, tests };
