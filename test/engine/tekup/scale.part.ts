import { eventually } from "../support/eventually";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";
import { askedBySearchsCallers, searching } from "./searching";

/** More of a server, and fewer again. */
export const scale: Part<TekUp> = {
  title: "scaled, a server",
  tests(tekup) {
    it("is used by the gateway as often as it is there, under load, and no call is lost", async () => {
      const others = ["mcp-search", "mcp-filesystem", "mcp-gateway"];
      const before = await tekup().started(others);
      const load = await searching(tekup());
      try {
        await scaleSearch(3);
        // They are used: the gateway finds them by their name.
        for (const replica of ["mcp-search-2", "mcp-search-3"])
          await eventually(async () => expect(await calls(replica)).toBeGreaterThan(0));
        await scaleSearch();
        await load.more(50);
      } finally {
        await load.end();
      }
      const { failures, calls: made } = load;
      console.info(`scaled 1 to 3 to 1: ${made} calls, ${failures.length} failed`);
      expect(failures).toEqual([]);
      expect(await tekup().started(others)).toEqual(before);
    });

    async function scaleSearch(replicas?: number): Promise<void> {
      const { stack, settings } = tekup();
      const { "mcp-search": search, ...services } = settings.services as Record<string, object>;
      const scaled = { ...services, "mcp-search": { ...search, replicas } };
      stack.configure(replicas === undefined ? settings : { ...settings, services: scaled });
      await stack.up();
    }

    /** How many calls of a tool a replica has answered, as it counts them. */
    async function calls(replica: string): Promise<number> {
      const { body } = await askedBySearchsCallers(tekup(), "/metrics", { at: replica, certificate: true });
      const line = /^mcp_server_operation_duration_seconds_count\{.*tools\/call.*\} (\d+)$/m.exec(body);
      return Number(line?.[1] ?? 0);
    }
  },
};
