import type { TestStack } from "../test/engine/support/stack";
import { ProgramStack } from "./program-stack";
import { percentile, report, timed } from "./statistics";
import type { Row } from "./table";

const rounds = 7;

/**
 * A preview of a cluster that is up and unchanged, against that of a one-container program with the same providers:
 * in turn, so that both see the same machine.
 */
export async function benchPreview(stack: TestStack): Promise<Row[]> {
  const imageId = (await stack.container("postgres-mcp")).Image;
  const peer = await ProgramStack.create("one-container", (name) => ({ name, imageId }));
  try {
    await peer.pulumi("up", "--yes", "--skip-preview");
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const pair = [
        await timed(() => stack.pulumi("preview")),
        await timed(() => peer.pulumi("preview")),
      ] as const;
      if (round === 0) continue; // the first of each warms the caches
      ours.push(pair[0]);
      theirs.push(pair[1]);
    }
    console.log(report("no-op preview, this cluster", ours));
    console.log(report("no-op preview, one container", theirs));
    const one = { name: "one container, same providers", time: percentile(theirs, 0.5) };
    return [
      { what: "preview, nothing to do", ours: percentile(ours, 0.5), peer: one, goal: { ratio: 1.15 } },
    ];
  } finally {
    await peer.remove();
  }
}
