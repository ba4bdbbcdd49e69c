import { engineEvent, lastEvent } from "../../../drift/events";
import { type Checkout, type HistoryEntry, provenanceOf } from "../../../drift/provenance";
import { stackRecord } from "../../../drift/record";
import { driftMetrics } from "../../../drift/report/metrics";
import { driftText } from "../../../drift/report/text";
import { untold } from "../../../drift/run";
import type { DriftReport } from "../../../drift/types";
import { parseSettings } from "../../../config/settings";

const signature = "4dabf18193072939515e22adb298388d";

test("a state is read with its secrets opened, and without what the provider filled in", () => {
  const inputs = {
    __defaults: ["start"],
    start: true,
    envs: { [signature]: "1b47061264138c4ac30d75fd1eb44270", plaintext: '["A=1"]' },
    nested: [{ __defaults: ["x"], x: 1, y: 2 }],
  };
  const resources = [{ type: "t", urn: "urn:pulumi:dev::mcp::t::name", id: "1", inputs }];
  const record = stackRecord(JSON.stringify({ deployment: { resources, pending_operations: [{}] } }));
  expect(record).toMatchObject({
    pending: 1,
    resources: [{ name: "name", id: "1", inputs: { envs: ["A=1"], nested: [{ y: 2 }] } }],
  });
  expect(record.resources[0]?.inputs).not.toHaveProperty("start");
});

test("the last of the engine's events on an object is told with what it says of itself", () => {
  const event = (action: string, timeNano: number) =>
    engineEvent(
      JSON.stringify({
        Type: "container",
        Action: action,
        Actor: { ID: "1", Attributes: { signal: "9" } },
        timeNano,
      }),
    );
  const events = [event("kill", 1e18), event("kill", 2e18), event("start", 3e18)];
  expect(lastEvent(events, { type: "container", actions: ["kill", "die"], about: "1" })).toEqual({
    since: new Date(2e12).toISOString(),
    by: 'engine event "container kill" (signal 9)',
  });
  expect(lastEvent(events, { type: "container", actions: ["kill"], about: "2" })).toBeUndefined();
});

describe("where a stack comes from", () => {
  const values = { "mcp:system": "devcontainer" };
  const settings = parseSettings({ stack: "dev", values, isSecret: () => false });
  const config = { "mcp:system": { value: "devcontainer", secret: false } };
  const update: HistoryEntry = {
    kind: "update",
    result: "succeeded",
    endTime: "2026-01-01T00:00:00Z",
    environment: { "git.head": "abc", "git.dirty": "false", "git.author": "Ann" },
    config,
  };
  const checkout: Checkout = { head: "abc", dirty: false, hasBehind: () => Promise.resolve(false) };
  const behind = { ...checkout, head: "def", hasBehind: () => Promise.resolve(true) };
  const other = { ...update, config: { ...config, "mcp:tiers": { value: "2", secret: false } } };

  test.each<[string, HistoryEntry[], Checkout, string]>([
    ["this very program and settings", [update], checkout, "same"],
    ["this program with changes", [update], { ...checkout, dirty: true }, "unknown"],
    ["this program, then with other settings", [other], checkout, "unknown"],
    ["a commit behind this one", [update], behind, "older"],
    ["a commit that is not here", [update], { ...checkout, head: "def" }, "newer"],
    ["outside of git", [update], { ...checkout, head: undefined }, "unknown"],
    ["nobody knows", [], checkout, "unknown"],
    ["an update that failed after it", [{ ...update, result: "failed" }, update], checkout, "same"],
  ])("%s", async (_, history, place, relation) => {
    const found = await provenanceOf(history, "dev", settings, place);
    expect(found.relation).toBe(relation);
    if (history.length > 0) expect(found.update?.by).toMatch(/commit abc.*Ann/);
  });
});

describe("a report", () => {
  const report: DriftReport = {
    stack: "dev",
    checkedAt: "2026-01-31T12:00:00.000Z",
    drifted: true,
    problem: null,
    differences: [
      {
        id: "container/server/memory",
        kind: "container",
        object: "server",
        service: "server",
        what: "memory",
        expected: "256 MiB",
        found: "512 MiB",
        since: "2026-01-31T11:00:00.000Z",
        by: "engine event",
        mend: { automatic: true, command: "npm run drift -- --fix" },
      },
    ],
    held: [{ service: "db", waitsFor: null, since: null, command: "npm run start -- db" }],
    notes: ["The schema is not there yet."],
    mended: [],
  };

  it("says each difference with what mends it, and ends with how it stands", () => {
    expect(driftText(report).join("\n")).toBe(
      [
        "container server: memory",
        "  expected  256 MiB",
        "  found     512 MiB",
        "  since 2026-01-31T11:00:00.000Z, by engine event",
        "  mend      npm run drift -- --fix",
        "db is held stopped; start it with: npm run start -- db",
        "The schema is not there yet.",
        "",
        "dev: 1 difference.",
      ].join("\n"),
    );
  });

  it("is metrics by kind, with zeros for what is as it should be", async () => {
    const text = await driftMetrics(report);
    expect(text).toContain('mcp_drift_differences{stack="dev",kind="container"} 1\n');
    expect(text).toContain('mcp_drift_differences{stack="dev",kind="volume"} 0\n');
    expect(text).toContain('mcp_drift_checked_timestamp_seconds{stack="dev"} 1769860800\n');
    expect(text).toContain('mcp_drift_told{stack="dev"} 1\n');
  });

  it("of a look that could not be taken claims nothing", async () => {
    const nothing = untold("dev", "No engine.");
    expect(driftText(nothing)).toEqual(["dev: could not tell. No engine."]);
    const text = await driftMetrics(nothing);
    expect(text).toContain('mcp_drift_told{stack="dev"} 0\n');
    expect(text).not.toMatch(/^mcp_drift_differences/m);
  });
});
