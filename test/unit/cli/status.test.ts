import { stripVTControlCharacters } from "node:util";
import { advise } from "../../../cli/operate/status/advice";
import { verdictOn } from "../../../cli/operate/status/health";
import { conclusion, duration, serviceTable, statusText } from "../../../cli/operate/status/text";
import type { ForeignContainer, Health, ServiceStatus, StackStatus } from "../../../cli/operate/status/types";
import { table } from "../../../cli/operate/style";
import { restartIn } from "../../../cli/operate/status/watchdog-restarts";
import type { ContainerState } from "../../../engine/container";

type State = ContainerState["State"];
const state = (more: Partial<State>) =>
  ({ State: { Status: "running", ExitCode: 0, OOMKilled: false, Error: "", ...more } }) as ContainerState;
const probe = (ExitCode: number, Output: string) => ({ Start: "", End: "", ExitCode, Output });

describe("a container's health", () => {
  it.each<[string, ContainerState | undefined, Health, string | null]>([
    ["none at all", undefined, "missing", null],
    ["no health check", state({}), "healthy", null],
    [
      "one that answers again after a failed check",
      state({ Health: { Status: "healthy", Log: [probe(1, "was away")] } }),
      "healthy",
      null,
    ],
    ["one that was just started", state({ Health: { Status: "starting", Log: null } }), "starting", null],
    [
      "one that does not answer",
      state({ Health: { Status: "unhealthy", Log: [probe(1, "no route\nat line 3")] } }),
      "unhealthy",
      "no route",
    ],
    [
      "one whose check says nothing",
      state({ Health: { Status: "unhealthy", Log: [probe(3, "")] } }),
      "unhealthy",
      "health check's exit code 3",
    ],
    ["one that was stopped", state({ Status: "exited" }), "stopped", null],
    ["one that its stop signal ended", state({ Status: "exited", ExitCode: 143 }), "stopped", null],
    [
      "one whose program has a code of its own for that",
      state({ Status: "exited", ExitCode: 2 }),
      "stopped",
      null,
    ],
    ["one that another signal ended", state({ Status: "exited", ExitCode: 131 }), "stopped", "exit code 131"],
    ["one that was killed", state({ Status: "exited", ExitCode: 137 }), "stopped", "exit code 137"],
    ["one that failed", state({ Status: "exited", ExitCode: 1 }), "stopped", "exit code 1"],
    [
      "one that ended well for want of memory",
      state({ Status: "exited", OOMKilled: true }),
      "stopped",
      "exit code 0, out of memory",
    ],
    [
      "one that took too much memory",
      state({ Status: "restarting", ExitCode: 137, OOMKilled: true }),
      "restarting",
      "exit code 137, out of memory",
    ],
    [
      "one that could not start",
      state({ Status: "created", Error: "port is taken" }),
      "stopped",
      "port is taken",
    ],
    ["one that was made and not started", state({ Status: "created" }), "stopped", "never started"],
    ["one that is paused", state({ Status: "paused" }), "paused", null],
  ])("of %s", (_, container, health, reason) => {
    const stop = { signal: "SIGTERM", graceSeconds: 10, exitCode: 2 };
    expect(verdictOn(container, stop)).toEqual({ health, reason });
  });
});

const service = (name: string, health: Health, reason: string | null = null): ServiceStatus => ({
  tier: 1,
  service: name,
  container: name,
  health,
  reason,
  held: false,
  address: "172.20.0.20",
  wantedAddress: "172.20.0.20",
  memory: { used: 47 * 1024 ** 2, limit: 256 * 1024 ** 2 },
  restarts: 2,
  restartsByWatchdog: 0,
  startedAt: "2025-01-01T00:00:00.123456789Z",
  image: { name: "postgres", id: `sha256:0123456789abcdef` },
});
const well = ["mariadb", "postgres-mcp"].map((name) => service(name, "healthy"));
const calm = { foreign: [], locks: { alive: [], stale: [] } };
const lock = { pid: 7, hostname: "here", username: "me", timestamp: "then" };
const stranger = (tie: ForeignContainer["tie"]): ForeignContainer => ({
  container: "x",
  id: "0123456789abcdef",
  tie,
  state: "running",
});
const dev = { stack: "dev" };

describe("advice", () => {
  it("is not given where all is well", () => {
    expect(advise(dev, { services: well, ...calm })).toBeNull();
    expect(advise(dev, { services: well, ...calm, foreign: [stranger("network")] })).toBeNull();
  });

  it.each<[Health, string | null, string, string]>([
    ["missing", null, "a is missing", "npm run up"],
    ["stopped", "exit code 137", "a is stopped (exit code 137)", "npm run start"],
    ["paused", null, "a is paused", "npm run start"],
    ["unhealthy", "no route", "a is unhealthy (no route)", "npm run restart -- a"],
    [
      "restarting",
      "exit code 1",
      "a is stopping again and again (exit code 1)",
      "npm run logs -- a --tail 50",
    ],
    ["starting", null, "a is starting", "npm run status -- --watch"],
  ])("for one that is %s names it and what mends it", (health, reason, problem, command) => {
    expect(advise(dev, { services: [service("a", health, reason), ...well], ...calm })).toEqual({
      problem,
      command,
    });
  });

  it("goes for the lowest service first, as what is above may ail for it, and counts the others", () => {
    const services = [service("a", "unhealthy"), service("b", "starting"), ...well];
    expect(advise(dev, { services, ...calm })).toEqual({
      problem: "a is unhealthy, and 1 more not healthy",
      command: "npm run restart -- a",
    });
  });

  it("names all that one command mends", () => {
    const services = [service("a", "paused"), service("b", "stopped", "exit code 0"), ...well];
    expect(advise(dev, { services, ...calm })?.problem).toBe("a is paused, b is stopped (exit code 0)");
    const many = ["a", "b", "c", "d", "e"].map((name) => service(name, "unhealthy"));
    expect(advise({ stack: "prod" }, { services: many, ...calm })).toEqual({
      problem: "a, b, c, d and 1 more are unhealthy",
      command: "npm run restart -- --stack prod a b c d e",
    });
  });

  it("is an update where something is missing, whatever else ails", () => {
    const services = [service("a", "unhealthy"), service("b", "missing"), ...well];
    expect(advise(dev, { services, ...calm })).toEqual({ problem: "b is missing", command: "npm run up" });
    const none = ["a", "b"].map((name) => service(name, "missing"));
    expect(advise(dev, { services: none, ...calm })?.problem).toBe("the stack is not up");
  });

  it("says where another's container has the name that a missing one needs", () => {
    const situation = { services: [service("x", "missing"), ...well], ...calm, foreign: [stranger("name")] };
    expect(advise(dev, situation)?.problem).toMatch(/x is a container of somebody else \(0123456789ab\)/);
  });

  it("is a repair after an update that was killed, and patience while one runs", () => {
    const services = [service("a", "missing"), ...well];
    expect(advise(dev, { services, ...calm, locks: { alive: [], stale: [lock] } })?.command).toBe(
      "npm run repair",
    );
    expect(advise(dev, { services, ...calm, locks: { alive: [lock], stale: [] } })).toMatchObject({
      problem: expect.stringContaining("process 7 on here") as string,
      command: "npm run status -- --watch",
    });
  });

  it("is a start of those alone that an operator holds, once nothing else ails", () => {
    const held = { ...service("a", "stopped", "exit code 0"), held: true };
    expect(advise(dev, { services: [held, ...well], ...calm })).toEqual({
      problem: "a is stopped by an operator, and held so",
      command: "npm run start -- a",
    });
    const both = [held, service("b", "unhealthy"), ...well];
    expect(advise(dev, { services: both, ...calm })?.command).toBe("npm run restart -- b");
  });

  it("is to connect those anew that are off the stack's network, and an update where another address is wanted", () => {
    const astray = (address: string | null) => [{ ...service("a", "healthy"), address }, ...well];
    // Whatever that did to its health: no restart and no waiting connects it.
    for (const health of ["starting", "unhealthy"] as const)
      expect(
        advise(dev, { services: [{ ...service("a", health), address: null }, ...well], ...calm }),
      ).toEqual({
        problem: "a is not on the stack's network",
        command: "npm run drift -- --fix",
      });
    expect(advise(dev, { services: astray(null), ...calm })).toEqual({
      problem: "a is not on the stack's network",
      command: "npm run drift -- --fix",
    });
    expect(advise(dev, { services: astray("172.29.0.20"), ...calm })).toEqual({
      problem: "a is not at the address of the settings",
      command: "npm run up",
    });
  });

  it("is an update where the settings no longer ask for a service that runs", () => {
    expect(advise(dev, { services: well, ...calm, foreign: [stranger("label")] })).toMatchObject({
      problem: expect.stringMatching(/^x carries the stack's label and is no part of it/) as string,
      command: "npm run up",
    });
  });
});

describe("the table", () => {
  it("shows each service in columns that colours do not push out of line", () => {
    const now = Date.parse("2025-01-01T02:03:04Z");
    const services = [service("a", "healthy"), service("mariadb", "stopped", "exit code 1")];
    const lines = serviceTable(services, now, Infinity);
    expect(lines[1]).toBe(
      "  1     a        healthy                172.20.0.20  47 of 256 MiB  2         2h 3m   postgres 0123456789ab",
    );
    expect(lines[2]).toContain("stopped (exit code 1)");
    const coloured = table([
      ["A", "B"],
      ["\x1b[31mlong\x1b[39m", "x"],
      ["s", "y"],
    ]);
    expect(coloured.map(stripVTControlCharacters)).toEqual(["  A     B", "  long  x", "  s     y"]);
  });

  it("leaves out what a narrow terminal has no room for, and no more than that", () => {
    const services = [service("python-experimental", "healthy")];
    const headsAt = (columns: number) => serviceTable(services, Date.now(), columns)[0]?.trim().split(/ +/);
    expect(headsAt(200)).toContain("IMAGE");
    expect(headsAt(100)).not.toContain("IMAGE");
    expect(headsAt(100)).toContain("TIER");
    for (const columns of [100, 90, 80])
      for (const line of serviceTable(services, Date.now(), columns))
        expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
    expect(headsAt(20)).toEqual(["SERVICE", "HEALTH", "ADDRESS", "MEMORY"]);
  });

  it("says who is held, and who is not where the settings want it", () => {
    const services = [
      { ...service("a", "stopped"), held: true, startedAt: null, address: null },
      { ...service("d", "stopped", "exit code 137"), held: true, startedAt: null, address: null },
      { ...service("b", "healthy"), address: null },
      { ...service("c", "healthy"), address: "172.29.0.20" },
    ];
    const network = { name: "net", subnet: "172.29.0.0/16" };
    const status = { stack: "dev", network, healthy: false, services, absent: [], foreign: [], advice: null };
    const text = statusText(status).map(stripVTControlCharacters).join("\n");
    expect(text).toMatch(/^dev on the network net \(172\.29\.0\.0\/16\)$/m);
    expect(text).toMatch(/^ +1 +a +held +- /m);
    expect(text).toMatch(/a: stopped by an operator, and held so$/m);
    expect(text).toMatch(/d: stopped by an operator, and held so \(exit code 137\)$/m);
    expect(text).toMatch(/^ +1 +b +healthy +- /m);
    expect(text).toMatch(/b: is not on the stack's network; its settings say 172\.20\.0\.20$/m);
    expect(text).toMatch(/c: is at 172\.29\.0\.20; its settings say 172\.20\.0\.20$/m);
    const gone = statusText({ ...status, network: { name: "net", subnet: null } });
    expect(gone[0]).toBe("dev on the network net (which is not there)");
  });

  it.each([
    [400, "0s"],
    [59_000, "59s"],
    [3_600_000, "1h"],
    [100_000_000, "1d 3h"],
  ])("shows %i ms as %s", (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it("is followed by what is absent, foreign or wrong", () => {
    const status: StackStatus = {
      stack: "dev",
      network: { name: "net", subnet: "10.0.0.0/24" },
      healthy: true,
      services: well,
      absent: [{ name: "runner", why: "its image can't be had" }],
      foreign: [stranger("network")],
      advice: null,
    };
    const text = statusText(status).join("\n");
    const ailing = { ...status, services: [service("a", "unhealthy", "no route"), ...well] };
    expect(statusText(ailing).join("\n")).toContain("\n  a: no route\n");
    expect(text).toMatch(/not here: runner: its image can't be had/);
    expect(text).toMatch(/not part of it: x \(0123456789ab, running\) is on its network/);
    expect(conclusion(status)).toBe("dev: all 2 services are healthy.");
    const advice = { problem: "a is missing", command: "npm run up" };
    expect(conclusion({ ...status, healthy: false, advice })).toBe("dev: a is missing: npm run up");
  });
});

describe("a restart by the watchdog", () => {
  const made = new Map([["mariadb", Date.parse("2025-01-02T00:00:00Z")]]);
  const line = (more: object) =>
    JSON.stringify({
      time: "2025-01-02T00:01:00.5Z",
      level: "info",
      message: "restarted",
      container: "mariadb",
      ...more,
    });

  it("counts for the container that its log names, from when that was made", () => {
    expect(restartIn(line({}), made)).toBe("mariadb");
    expect(restartIn(line({ time: "2025-01-01T23:59:59Z" }), made)).toBeUndefined();
    expect(restartIn(line({ container: "other" }), made)).toBeUndefined();
    expect(restartIn(line({ message: "restart failed", error: '"restarted"' }), made)).toBeUndefined();
    expect(restartIn(line({}).slice(0, 60), made)).toBeUndefined();
  });
});
