import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";
import { searching } from "./searching";

/** A gateway that serves from several processes. */
export const workers: Part<TekUp> = {
  title: "several workers of the gateway",
  tests(tekup) {
    it("serve with the keys that there are", async () => {
      const { stack, settings } = tekup();
      stack.configure({ ...settings, gateway: { workers: 2 } });
      await stack.up();
      const load = await searching(tekup());
      await load.more(20);
      await load.end();
      expect(load.failures).toEqual([]);
      const log = await tekup().log("mcp-gateway");
      expect(new Set(log.match(/"worker":\d+/g))).toEqual(new Set(['"worker":1', '"worker":2']));
    });
  },
};
