import { rmSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";

/** A stack of which nothing is left but what runs. */
export const lostState: Part<TekUp> = {
  title: "a lost state",
  tests(tekup) {
    it("is rebuilt from what runs; only keys and certificates are new", async () => {
      const { stack } = tekup();
      const services = ["mcp-gateway", "mcp-search", "mcp-browser", "mcp-filesystem"];
      const ids = () => Promise.all(services.map(async (name) => (await stack.container(name)).Id));
      const [before, old] = [await ids(), await tekup().keyOf("default")];
      rmSync(join(stack.folder, ".pulumi"), { recursive: true });
      const repaired = await stack.command("repair", "--yes");
      expect(repaired).toMatchObject({ code: 0 });
      expect(repaired.output).toContain("new keys of clients");
      await stack.up();
      expect(await ids()).toEqual(before);
      const fresh = await tekup().keyOf("default");
      expect(fresh).not.toBe(old);
      await eventually(async () => expect(await tekup().toolNames(fresh)).toContain("search__search_code"));
      await expect(tekup().toolNames(old)).rejects.toThrow();
      expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    });
  },
};
