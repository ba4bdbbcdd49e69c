import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";

/**
 * Who is refused.
 * @param most how often a client may call a tool in a minute, where the stack's settings say so
 */
export const access = (most?: number): Part<TekUp> => ({
  title: "access",
  tests(tekup) {
    it("is refused to a wrong key, and to none", async () => {
      await expect(tekup().toolNames("guessed")).rejects.toThrow(/401|not good|key/i);
      await expect(tekup().toolNames()).rejects.toThrow(/401|key/i);
    });

    it("is given to the tools that a client may call, and to no others", () =>
      tekup().as("bot", async (session) => {
        const names = await session.toolNames();
        expect(names).toContain("search__search_code");
        expect(names.filter((tool) => !tool.startsWith("search__"))).toEqual([]);
        const path = "/srv/workspace";
        await expect(session.call("filesystem__list_directory", { path })).rejects.toThrow(/not allowed/);
      }));

    if (most === undefined) return;

    it("is refused to what a client calls too often", () =>
      tekup().as("bot", async (session) => {
        const all = Array.from({ length: most + 1 }, () => session.call("search__index_status", {}));
        const outcomes = await Promise.allSettled(all);
        const refusals = outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
        expect(refusals).toEqual([expect.stringContaining(`Too many calls of this tool: ${most} in 60 s`)]);
      }));
  },
});
