import { overStdio } from "../support/mcp";
import { runsOf } from "../support/runs";
import type { Part } from "../support/shared-stack";
import { TestStack } from "../support/stack";
import { all, type Small } from "./stack";

function tests(small: () => Small) {
  let other: TestStack;
  let printed: string;

  beforeAll(async () => {
    other = await TestStack.create();
    const { code, output } = await other.command("up");
    if (code !== 0) throw new Error(output);
    printed = output;
  });
  afterAll(() => other.remove());

  it("know nothing of each other's data", async () => {
    await other.psql("CREATE TABLE mine AS SELECT 1");
    await expect(small().stack.psql("SELECT * FROM mine")).rejects.toThrow(/does not exist/);
  });

  it("print how to use them, in commands that work", async () => {
    expect(printed).toContain(`${other.name} is up on the network ${other.prefix}mcp-cluster`);
    const stdio = /stdio\s+(docker exec -i \S+-postgres-mcp mcp-server stdio)/.exec(printed)?.[1] ?? "";
    expect(await overStdio(stdio, (session) => session.toolNames())).toContain("query");
  });

  it("do not take images or containers from under each other", async () => {
    const { stack } = small();
    const has = async () => [await runsOf(stack, all), await stack.onEngine("image")];
    const before = await has();
    expect(await other.pulumi("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    expect(await has()).toEqual(before);
  });
}

export const twoClusters: Part<Small> = { title: "two clusters on one engine", tests };
