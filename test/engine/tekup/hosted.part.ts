import { docker } from "../../../engine/docker";
import { eventually } from "../support/eventually";
import type { Part } from "../support/shared-stack";
import type { Settings } from "../support/stack";
import type { TekUp } from "../support/tekup";
import { reaches } from "./reaches";

/** Settings with a server from npm, which keeps something, and one from PyPI. */
export const hostedServers: Settings = {
  memory: {
    npm: "@modelcontextprotocol/server-memory@2026.8.31",
    environment: { MEMORY_FILE_PATH: "/data/memory.json" },
    data: true,
  },
  time: {
    pypi: "mcp-server-time==2026.10.19",
    args: ["--local-timezone", "Europe/Copenhagen"],
    process: "call",
  },
};

/** Servers that settings name a package for; the stack has `hostedServers`. */
export const hosted: Part<TekUp> = {
  title: "a hosted server",
  tests(tekup) {
    it("is used like the others where it is from npm, and keeps what its volume holds", async () => {
      const entities = [{ name: "Ann", entityType: "person", observations: ["likes rye bread"] }];
      await tekup().as("default", (session) => session.call("memory__create_entities", { entities }));
      await docker(["restart", tekup().stack.containerName("mcp-memory")]);
      // Another session, and so another process than the one that wrote it.
      await eventually(async () => {
        const found = await tekup().as("default", (session) =>
          session.call("memory__search_nodes", { query: "bread" }),
        );
        expect(found.text).toContain("Ann");
      });
    });

    it("is used like the others where it is from PyPI, with its arguments", async () => {
      await tekup().as("default", async (session) => {
        const at = { source_timezone: "UTC", time: "12:00", target_timezone: "Asia/Tokyo" };
        expect((await session.call("time__convert_time", at)).text).toContain("21:00");
      });
      const { Config } = await tekup().stack.container("mcp-time");
      expect(Config.Env).toContain('HOSTED_ARGUMENTS=["--local-timezone","Europe/Copenhagen"]');
    });

    it("is held as the others are: read-only, without root, limited, apart from the others", async () => {
      const { stack } = tekup();
      const { Config, HostConfig } = await stack.container("mcp-time");
      expect(Config.User).toBe("10001:10001");
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ["ALL"], Memory: 512 * 1024 * 1024 });
      expect(await reaches(stack, "mcp-gateway", "mcp-time", 8000)).toBe(true);
      expect(await reaches(stack, "mcp-time", "mcp-memory", 8000)).toBe(false);
    });

    it("is handed a secret that no preview shows", async () => {
      const { stack } = tekup();
      const secret = "correct-horse-battery";
      const path = "mcp:serverSecrets.time.TIME_API_KEY";
      const options = ["--secret", "--path", "--config-file", stack.configFile];
      expect(await stack.pulumi("config", "set", path, secret, ...options)).toMatchObject({ code: 0 });
      const preview = await stack.pulumi("preview", "--diff");
      expect(preview).toMatchObject({ code: 0 });
      expect(preview.output).toContain("mcp-time");
      expect(preview.output).not.toContain(secret);
      await stack.up();
      const { Config } = await stack.container("mcp-time");
      expect(Config.Env).toContain(`HOSTED_VARIABLE_TIME_API_KEY=${secret}`);
      const { code, output } = await stack.command("drift");
      expect({ code, output }).toMatchObject({ code: 0 });
    });
  },
};
