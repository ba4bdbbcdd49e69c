import { touchedStacks } from "../../../cli/preview/touched";
import { topologyOf } from "./topologies";

const dev = topologyOf();
const empty = { ...dev, tiers: [] };
const stacks = [
  { stack: "dev", before: dev, after: dev },
  { stack: "prod", before: empty, after: empty },
];

describe("the stacks that a change touches", () => {
  it.each<[string, string[], string[]]>([
    ["nothing that a program reads", ["docs/runbook.md", "cli/main.ts", "test/unit/x.test.ts"], []],
    ["one stack's settings", ["Pulumi.prod.yaml"], ["prod"]],
    ["the program", ["components/tier.ts"], ["dev", "prod"]],
    ["what images are made of", ["services/sql-mcp/src/main.ts"], ["dev"]],
  ])("%s", (_what, files, touched) => {
    expect(touchedStacks(stacks, files)).toEqual(touched);
  });

  it("are those with another topology, and those that are new", () => {
    const changed = [
      { stack: "dev", before: dev, after: topologyOf({ namePrefix: "x-" }) },
      { stack: "prod", before: empty, after: empty },
      { stack: "new", before: undefined, after: empty },
    ];
    expect(touchedStacks(changed, ["topology/index.ts"])).toEqual(["dev", "new"]);
  });
});
