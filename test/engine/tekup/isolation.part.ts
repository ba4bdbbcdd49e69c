import { docker } from "../../../engine/docker";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";
import { reaches } from "./reaches";

/** What a server can reach, and what reaches it. */
export const isolation: Part<TekUp> = {
  title: "isolation of a server",
  tests(tekup) {
    it("lets the gateway alone reach it, and it neither the others nor the stack's own network", async () => {
      const { stack, network } = tekup();
      const from = (service: string, host: string, port: number) => reaches(stack, service, host, port);
      expect(await from("mcp-gateway", "mcp-search", 3003)).toBe(true);
      const filesystem = await tekup().addressIn("mcp-filesystem", `${network}-filesystem`);
      expect(await from("mcp-gateway", filesystem, 3002)).toBe(true);
      const gateway = await tekup().addressIn("mcp-gateway", network);
      const reached = await Promise.all([
        from("mcp-search", filesystem, 3002),
        from("mcp-search", "mcp-filesystem", 3002),
        from("mcp-search", gateway, 3000),
      ]);
      expect(reached).toEqual([false, false, false]);
    });

    it("leaves it no way out unless its setting says so", async () => {
      const { network } = tekup();
      const isInternal = async (name: string) =>
        (await docker(["network", "inspect", "--format", "{{.Internal}}", name])).trim();
      expect(await isInternal(`${network}-search`)).toBe("true");
      expect(await isInternal(`${network}-browser`)).toBe("false");
      expect(await isInternal(network)).toBe("false");
    });
  },
};
