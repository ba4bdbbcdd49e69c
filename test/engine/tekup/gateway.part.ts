import { docker } from "../../../engine/docker";
import { eventually } from "../support/eventually";
import type { Session } from "../support/mcp";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";

/** What the gateway takes over as it runs. */
export const gateway: Part<TekUp> = {
  title: "while the gateway runs",
  tests(tekup) {
    let before: string[];
    beforeEach(async () => {
      before = await tekup().started(["mcp-gateway"]);
    });
    afterEach(async () => {
      expect(await tekup().started(["mcp-gateway"])).toEqual(before);
    });

    it("a limit is set: a client that calls a tool too often is refused, and others are not", async () => {
      const { stack, settings } = tekup();
      const most = 20;
      stack.configure({ ...settings, gateway: { callsPerToolPerMinute: most } });
      await stack.up();
      const call = (session: Session) => session.call("search__index_status", {});
      await tekup().as("default", async (session) => {
        const refusals = async () => {
          const outcomes = await Promise.allSettled(Array.from({ length: most + 1 }, () => call(session)));
          return outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
        };
        await eventually(async () =>
          expect(await refusals()).toContainEqual(
            expect.stringMatching(`Too many calls of this tool: ${most} in 60 s`),
          ),
        );
        expect(await session.toolNames()).not.toEqual([]);
      });
      await tekup().as("bot", async (session) =>
        expect(await call(session)).toMatchObject({ isError: false }),
      );
    });

    it("a client's key is changed without a pause", async () => {
      const { stack, settings } = tekup();
      const withKeys = async (keys: string[]) => {
        stack.configure({ ...settings, clients: { ...(settings.clients as object), default: { keys } } });
        await stack.up();
      };
      const old = await tekup().keyOf("default");
      await withKeys(["2", "1"]);
      const fresh = await tekup().keyOf("default");
      expect(fresh).not.toBe(old);
      await eventually(() => tekup().toolNames(fresh));
      expect(await tekup().toolNames(old)).toContain("search__search_code");
      await withKeys(["2"]);
      await eventually(() => expect(tekup().toolNames(old)).rejects.toThrow());
      expect(await tekup().toolNames(fresh)).toContain("search__search_code");
    });

    it("configuration that somebody changes by hand is seen by drift, and put back", async () => {
      const { stack } = tekup();
      const volume = `${stack.containerName("mcp-gateway")}-etc-mcp-gateway`;
      const { Image } = await stack.container("mcp-gateway");
      const edit = "echo 'requestsPerMinute: 1' >> /config/current/gateway.yaml";
      await docker([
        ...["run", "--rm", "--network", "none", "--user", "0:0", "--volume", `${volume}:/config`],
        ...["--entrypoint", "sh", Image, "-c", edit],
      ]);
      const { code, output } = await stack.command("drift");
      expect(code).toBe(2);
      expect(output).toMatch(/gateway\.yaml[\s\S]*differs from line/);
      expect(await stack.command("drift", "--fix")).toMatchObject({ code: 0 });
    });
  },
};
