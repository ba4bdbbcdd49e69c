import type { Part } from "../support/shared-stack";
import type { PulumiResult, TestStack } from "../support/stack";
import type { TekUp } from "../support/tekup";

/**
 * The end of a stack.
 * @param down takes it down
 */
export const takenDown = (down: (stack: TestStack) => Promise<PulumiResult[]> = destroyed): Part<TekUp> => ({
  title: "a stack that was put up",
  endsWithNothing: true,
  tests(tekup) {
    it("changes nothing when it is put up again", async () => {
      expect(await tekup().stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    });

    it("leaves nothing but its data when it is taken down", async () => {
      const { stack } = tekup();
      const results = await down(stack);
      expect(results).not.toEqual([]);
      for (const { code, output } of results) expect({ code, output }).toMatchObject({ code: 0 });
      for (const kind of ["container", "network", "image"] as const)
        expect({ kind, left: await stack.onEngine(kind) }).toEqual({ kind, left: [] });
      expect(await stack.onEngine("volume")).toContain(stack.containerName("workspace"));
    });
  },
});

const destroyed = async (stack: TestStack) => [await stack.pulumi("destroy", "--yes", "--skip-preview")];
