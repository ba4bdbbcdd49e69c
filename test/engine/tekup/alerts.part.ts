import { docker } from "../../../engine/docker";
import type { Monitoring } from "../support/prometheus";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";

const enough = "/tmp/enough";

/** Takes memory until its container has 95 of 100 parts of what it may have, and keeps it; with either kind of cgroups. */
const takesNearlyAll = `
  const { existsSync, readFileSync } = require("node:fs");
  const [limit, used] = existsSync("/sys/fs/cgroup/memory.max")
    ? ["memory.max", "memory.current"]
    : ["memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"];
  const read = (name) => Number(readFileSync("/sys/fs/cgroup/" + name, "utf8"));
  const kept = [];
  setInterval(() => {
    if (existsSync("${enough}")) process.exit();
    if (read(used) < 0.95 * read(limit)) kept.push(Buffer.alloc(4 * 2 ** 20, 1));
  }, 10);
`;

/** What goes wrong, side by side, and what is then told of it. */
export const alerts: Part<TekUp> = {
  title: "an alert",
  tests(tekup) {
    let monitoring: Monitoring;
    const search = () => tekup().stack.containerName("mcp-search");

    beforeAll(async () => {
      monitoring = await tekup().monitoring();
      await docker(["exec", search(), "rm", "-f", enough]);
      await docker(["exec", "--detach", search(), "node", "-e", takesNearlyAll]);
      await docker(["exec", tekup().stack.containerName("jaeger"), "sh", "-c", "kill -TERM 1"]);
      await tekup().as("default", async (session) => {
        for (let round = 0; round < 15; round += 1) {
          await session.call("filesystem__read_text_file", { path: "/srv/workspace/none" });
          await session.call("browser__browser_wait_for", { time: 0.7 });
        }
      });
    });
    afterAll(() => docker(["exec", search(), "touch", enough]));

    it.each([
      ["ContainerRestarting", "a program that ended", { service: "jaeger" }],
      ["ContainerNearMemoryLimit", "a server that has nearly all it may have", { service: "mcp-search" }],
      ["McpErrorRate", "a server whose calls fail", { service: "mcp-filesystem" }],
      ["McpLatency", "a server whose calls are slow", { service: "mcp-browser" }],
    ])("%s tells of %s", async (alert, _cause, labels) => {
      expect((await monitoring.alert(alert, labels)).status.state).toBe("active");
    });
  },
};
