import type { ContainerInspectInfo } from "dockerode";
import { containerOf } from "../src/container";
import { containerMetrics } from "../src/metrics";
import type { Watched } from "../src/watchdog";

const inspected = {
  Id: "0123",
  Name: "/dev-postgres-db",
  RestartCount: 2,
  State: {
    Status: "running",
    StartedAt: "2026-01-02T03:04:05.5Z",
    Health: { Status: "healthy", Log: [{ ExitCode: 0, Output: " accepting connections\n" }] },
  },
  Config: {
    Image: "sha256:4567",
    Labels: { "dev.mcp.service": "postgres-db", "dev.mcp.tier": "1", "dev.mcp.image": "postgres-89ab" },
    StopTimeout: 30,
  },
  HostConfig: { Memory: 1024 },
};
const labels = 'container="dev-postgres-db",service="postgres-db",tier="1"';

/** The container with changes of its state and configuration. */
function container(State: object = {}, changes: object = {}): Watched["container"] {
  const info = { ...inspected, State: { ...inspected.State, ...State }, ...changes };
  return containerOf(info as unknown as ContainerInspectInfo);
}

async function render(...containers: Watched[]): Promise<string[]> {
  return (await containerMetrics(() => containers).render())
    .split("\n")
    .filter((line) => !/^(#|$)/.test(line));
}

test("a container's metrics say what the engine says, and what was counted", async () => {
  const lines = await render({ container: container(), restarts: 3, oomKills: 4 });
  expect(lines.filter((line) => line.startsWith("mcp_")).sort()).toEqual([
    `mcp_container_healthy{${labels}} 1`,
    `mcp_container_info{${labels},container_id="0123",image="postgres-89ab"} 1`,
    `mcp_container_memory_limit_bytes{${labels}} 1024`,
    `mcp_container_oom_kills_total{${labels}} 4`,
    `mcp_container_restarts_total{${labels},by="engine"} 2`,
    `mcp_container_restarts_total{${labels},by="watchdog"} 3`,
    `mcp_container_running{${labels}} 1`,
    `mcp_container_started_at_seconds{${labels}} 1767323045.5`,
  ]);
  expect(lines.some((line) => line.startsWith("process_resident_memory_bytes "))).toBe(true);
});

test.each<[string, object, [running: number, healthy: number]]>([
  ["healthy", {}, [1, 1]],
  ["without a health check", { Health: undefined }, [1, 1]],
  ["with its health check switched off", { Health: { Status: "none", Log: null } }, [1, 1]],
  ["still starting", { Health: { Status: "starting", Log: [] } }, [1, 0]],
  ["unhealthy", { Health: { Status: "unhealthy", Log: [] } }, [1, 0]],
  ["stopped", { Status: "exited" }, [0, 0]],
  ["paused", { Status: "paused" }, [0, 0]],
])("a container that is %s", async (_, State, [running, healthy]) => {
  const lines = await render({ container: container(State), restarts: 0, oomKills: 0 });
  expect(lines).toContain(`mcp_container_running{${labels}} ${running}`);
  expect(lines).toContain(`mcp_container_healthy{${labels}} ${healthy}`);
});

test("what a container does not have is not exported", async () => {
  const never = container({ StartedAt: "0001-01-01T00:00:00Z" }, { HostConfig: { Memory: 0 } });
  const text = (await render({ container: never, restarts: 0, oomKills: 0 })).join("\n");
  expect(text).not.toMatch(/started_at|memory_limit/);
});

test("a container that was removed vanishes, and counters don't add up from one scrape to the next", async () => {
  const containers = [{ container: container(), restarts: 1, oomKills: 0 }];
  const metrics = containerMetrics(() => containers);
  await metrics.render();
  expect(await metrics.render()).toContain(`mcp_container_restarts_total{${labels},by="watchdog"} 1`);
  containers.pop();
  expect(await metrics.render()).not.toContain("postgres-db");
});
