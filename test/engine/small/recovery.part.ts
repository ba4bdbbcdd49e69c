import { docker } from "../../../engine/docker";
import { pause } from "../support/pause";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  it("a container that was removed by hand is missed by an update, named, and brought back with its rows", async () => {
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
    await docker(["rm", "--force", stack.containerName("postgres-db")]);

    const missed = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(missed.code).not.toBe(0);
    expect(missed.output).toMatch(/does not exist[\s\S]*removed outside of Pulumi[\s\S]*npm run up/);

    await stack.up("--refresh");
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    expect((await stack.container("postgres-mcp")).State.Health?.Status).toBe("healthy");
    await stack.psql("DROP TABLE kept");
  });

  it("a service that broke after the update is seen by the next one", async () => {
    await pause(stack.containerName("mariadb-mcp"));
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/mariadb-mcp is paused/);
    await docker(["unpause", stack.containerName("mariadb-mcp")]);
    await stack.up();
  });
}

export const recovery: Part<Small> = { title: "recovery from what goes wrong", tests };
