import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../../engine/docker";
import { overHttp } from "../support/mcp";
import { serversOf } from "../support/outputs";
import { Monitoring } from "../support/prometheus";
import type { Part } from "../support/shared-stack";
import type { Settings, TestStack } from "../support/stack";
import { mayMount, type Whole } from "./stack";

/** Settings of the services that are broken, so that this is soon seen, beside those that they have. */
function breakable(services: Record<string, Settings>): Record<string, Settings> {
  const quick = { interval: 1, retries: 2 };
  return {
    // It reads a file of the host's: where that is spoilt, restarts don't help.
    "k8s-plugin": { probe: { ...quick, command: ["CMD", "test", "-s", "/kube/config"] } },
    "mariadb-mcp": { probe: quick },
    // Checks in a container that is nearly out of memory may fail, and a restart would empty it.
    devcontainer: {
      ...services.devcontainer,
      memory: "256m",
      probe: { command: ["CMD", "true"], retries: 20 },
    },
  };
}

function tests(whole: () => Whole) {
  let stack: TestStack;
  let monitoring: Monitoring;
  let begun: number;
  const name = (service: string) => stack.containerName(service);

  /** What goes wrong, side by side; the tests then wait for what is told of it. */
  beforeAll(async () => {
    const { settings, port, kubeconfig, disk } = whole();
    ({ stack } = whole());
    stack.configure({ ...settings, services: { ...settings.services, ...breakable(settings.services) } });
    await stack.up();
    monitoring = await Monitoring.of(stack, port);
    await monitoring.scrape();
    const servers = await serversOf(stack);

    begun = Date.now();
    writeFileSync(kubeconfig, "");
    await docker(["exec", name("devcontainer"), "dd", "if=/dev/zero", "of=/tmp/full", "bs=1M", "count=236"]);
    if (mayMount) writeFileSync(join(disk, "full"), Buffer.alloc(58 * 2 ** 20));
    await endMainProcess("postgres-exporter");
    await endMainProcess("postgres-exporter");
    await docker(["stop", name("mariadb")]);
    await overHttp(servers["postgres-mcp"]?.http ?? "", async (server) => {
      for (let round = 0; round < 15; round += 1) {
        await server.call("query", { sql: "SELECT pg_sleep(0.7)" });
        await server.call("query", { sql: "SELECT nothing" });
      }
    });
    expect(await stack.command("drift", "--publish", "--settle", "0")).toMatchObject({ code: 2 });
  });

  /** Ends a container's program, as a fault of its own would, and waits until the engine has started it again. */
  async function endMainProcess(service: string): Promise<void> {
    const { StartedAt: before } = (await stack.container(service)).State;
    await docker(["exec", name(service), "sh", "-c", "kill -TERM 1"]);
    for (;;) {
      const { StartedAt, Status } = (await stack.container(service)).State;
      if (StartedAt !== before && Status === "running") return;
      await sleep(100);
    }
  }

  it.each([
    ["ContainerRestarting", "a program that ended twice", { service: "postgres-exporter", tier: "4" }],
    ["ContainerUnhealthy", "a health check that restarts don't mend", { service: "k8s-plugin", tier: "3" }],
    ["ContainerNearMemoryLimit", "a container that is nearly full", { service: "devcontainer", tier: "5" }],
    ...(mayMount ? [["DiskFilling", "a disk that is nearly full", {}] as const] : []),
    ["ContainerDown", "a database that was stopped", { service: "mariadb", tier: "1" }],
    ["DatabaseDown", "a database that does not answer", { service: "mariadb", tier: "1" }],
    ["StackDrift", "a stack that is not what it is said to be", { kind: "container" }],
    ["McpErrorRate", "an MCP server half of whose calls fail", { service: "postgres-mcp", tier: "2" }],
    ["McpLatency", "an MCP server half of whose calls are slow", { service: "postgres-mcp", tier: "2" }],
  ] as const)("%s tells of %s", async (alert, _cause, labels) => {
    const where = alert === "DiskFilling" ? { mountpoint: whole().disk } : labels;
    const { status, startsAt } = await monitoring.alert(alert, where);
    console.info(`${alert}: ${(Date.parse(startsAt) - begun) / 1000} s after the first fault`);
    expect(status.state).toBe("active");
  });

  it("that only follows from another one is held back", async () => {
    const { status } = await monitoring.alert("ContainerUnhealthy", { service: "mariadb-mcp" });
    expect(status.state).toBe("suppressed");
  });

  it("is not all that comes of an unhealthy container: the watchdog restarts it, logs why, and counts it", async () => {
    const lines: string[] = [];
    await docker(["logs", name("watchdog")], { onLine: (line) => lines.push(line) });
    expect(lines.filter((line) => line.includes(name("k8s-plugin"))).join("\n")).toMatch(/"restarted"/);
    const [counted] = await monitoring.query(
      'mcp_container_restarts_total{service="k8s-plugin", by="watchdog"}',
    );
    expect(Number(counted?.value[1])).toBeGreaterThan(0);
    const [byEngine] = await monitoring.query(
      'mcp_container_restarts_total{service="postgres-exporter", by="engine"}',
    );
    expect(Number(byEngine?.value[1])).toBe(2);
  });
}

/** What is broken for it is not worth mending. */
export const alerts: Part<Whole> = { title: "an alert", endsWithNothing: true, tests };
