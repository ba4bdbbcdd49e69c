import { docker } from "../../../engine/docker";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";
import { loggedBy, stored, type StoredLine, tracedCall } from "./log-lines";

/** Who told of a call; what else is logged in its trace may come later. */
function callsOf(lines: readonly StoredLine[]): string[] {
  return lines.flatMap(({ service, message }) => (message === "call" ? [service] : [])).sort();
}

/** The logs of all containers in one place. */
export const logs: Part<TekUp> = {
  title: "logs in one place",
  tests(tekup) {
    it("have a call's lines, and are searched when the server's container is another one", async () => {
      const { stack, settings } = tekup();
      const { trace } = await tracedCall(tekup());
      const lines = await stored(tekup(), trace, "mcp-gateway", "mcp-search");
      const line = lines.find(({ service }) => service === "mcp-search");
      const container = stack.containerName("mcp-search");
      expect(line).toMatchObject({ container, level: "info", message: "call" });
      expect(JSON.parse(line?._msg ?? "")).toMatchObject({ trace_id: trace, tool: "search_code" });
      const once = await loggedBy(tekup(), trace);
      expect(once.filter((service) => service === "mcp-search")).toHaveLength(1);

      const { Id: before } = await stack.container("mcp-search");
      const { "mcp-search": search, ...services } = settings.services as Record<string, object>;
      const replaced = { ...services, "mcp-search": { ...search, probe: { interval: 6 } } };
      stack.configure({ ...settings, services: replaced });
      await stack.up();
      expect((await stack.container("mcp-search")).Id).not.toBe(before);
      // A server that the gateway came to during the call may go on to log in its trace.
      expect(await loggedBy(tekup(), trace)).toEqual(expect.arrayContaining(once));
    });

    it("lose no line and double none while the shipper is away, and say where lines come from when the store is", async () => {
      const { stack } = tekup();
      const servers = ["mcp-gateway", "mcp-search"];
      const { trace: earlier } = await tracedCall(tekup());
      expect(callsOf(await stored(tekup(), earlier, ...servers))).toEqual(servers);
      await docker(["stop", stack.containerName("log-shipper")]);
      const { trace } = await tracedCall(tekup());
      await docker(["start", stack.containerName("log-shipper")]);
      for (const id of [trace, earlier])
        expect(callsOf(await stored(tekup(), id, ...servers))).toEqual(servers);

      await docker(["stop", stack.containerName("log-store")]);
      const { output } = await stack.command("logs", "--trace", trace);
      expect(output).toContain("Lines are the engine's alone");
      expect(output).toMatch(new RegExp(`^mcp-search .*${trace}`, "m"));
      await docker(["start", stack.containerName("log-store")]);
      expect(await stored(tekup(), trace, "mcp-search")).not.toEqual([]);
    });

    it("are shown in a browser behind the entry's password, where nothing can be put in or thrown away", async () => {
      const monitoring = await tekup().monitoring();
      expect(await (await monitoring.page("/logs/select/vmui/")).text()).toContain("VictoriaLogs");
      expect((await monitoring.page("/logs/select/vmui/", "")).status).toBe(401);
      expect((await monitoring.page("/logs/insert/jsonline")).status).toBe(404);
    });
  },
};
