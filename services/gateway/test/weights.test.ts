import { createLogger } from "../../host/log";
import { scrape } from "../../host/test/support";
import { checkSettings } from "../src/config/load";
import { startGateway } from "../src/server";
import { type Fixture, serveFixture } from "./fixture/serve";
import { held, toolbox } from "./fixture/toolbox";
import { connect, eventually, textOf } from "./support";

const log = createLogger("error", (line) => process.stderr.write(line));
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  held.splice(0).forEach((release) => release());
  for (const item of open.splice(0).reverse()) await item.close();
});

/** A server with two groups behind a gateway; `shift` gives them other weights, `undefined` takes the group away. */
async function blueGreen(era: "modern" | "legacy", weights: [blue: number, green: number]) {
  const [blue, green] = (await Promise.all(
    ["blue", "green"].map((name) => serveFixture((serving) => toolbox(name, serving), era)),
  )) as [Fixture, Fixture];
  open.push(blue, green);
  const settings = (blueWeight: number | undefined, greenWeight: number) =>
    checkSettings({
      host: "127.0.0.1",
      port: 0,
      drainSeconds: 1,
      servers: {
        s: {
          groups: {
            ...(blueWeight === undefined ? {} : { blue: { url: blue.url, weight: blueWeight } }),
            green: { url: green.url, weight: greenWeight },
          },
        },
      },
    });
  const gateway = await startGateway(settings(...weights), log);
  open.push({ close: () => gateway.stop() });
  const url = (path = "/mcp/s") => `http://127.0.0.1:${gateway.port}${path}`;
  return {
    url,
    blue,
    green,
    shift: (...to: Parameters<typeof settings>) => gateway.reload(() => settings(...to)),
    value: async (name: string, labels: Record<string, string>) =>
      (await scrape(new URL(url()))).find(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      )?.value,
  };
}

async function client(...parts: Parameters<typeof connect>) {
  const connected = await connect(...parts);
  open.push(connected);
  return connected;
}

/** The group that answers a call. */
async function groupOf(connected: Awaited<ReturnType<typeof connect>>, tool = "echo"): Promise<string> {
  const result = await connected.callTool({ name: tool, arguments: { value: "" } });
  return textOf(result).split(":")[0]!;
}

describe("weights", () => {
  it("share out the requests of the modern era, and metrics show how", async () => {
    const { url, value } = await blueGreen("modern", [90, 10]);
    const connected = await client(url(), "modern");
    const before = (await value("mcp_gateway_group_picks_total", { group: "green" }))!;
    const groups: string[] = [];
    for (let calls = 0; calls < 200; calls += 1) groups.push(await groupOf(connected));
    expect(groups.filter((group) => group === "green")).toHaveLength(20);
    expect(await value("mcp_gateway_group_picks_total", { group: "green" })).toBe(before + 20);
    expect(await value("mcp_gateway_group_weight", { server: "s", group: "blue" })).toBe(90);
    const answered = { server: "s", group: "green", outcome: "answered" };
    expect(await value("mcp_gateway_upstream_requests_total", answered)).toBeGreaterThanOrEqual(20);
  });

  it("share out the sessions of the legacy era, which stay where they are", async () => {
    const { url } = await blueGreen("legacy", [3, 1]);
    const groups: string[] = [];
    for (let sessions = 0; sessions < 16; sessions += 1) {
      const connected = await client(url(), "legacy");
      const group = await groupOf(connected);
      for (let calls = 0; calls < 3; calls += 1) expect(await groupOf(connected)).toBe(group);
      groups.push(group);
    }
    // What the gateway asks for itself, such as which era the server speaks, takes a turn as well.
    const green = groups.filter((group) => group === "green").length;
    expect(green).toBeGreaterThanOrEqual(3);
    expect(green).toBeLessThanOrEqual(5);
  });

  it("of 0 leave a group the sessions that it has, and give it no new ones", async () => {
    const { url, shift, value } = await blueGreen("legacy", [1, 0]);
    const old = await client(url(), "legacy");
    expect(await groupOf(old)).toBe("blue");
    expect(await shift(0, 1)).toBe("applied");
    for (let sessions = 0; sessions < 5; sessions += 1) {
      expect(await groupOf(await client(url(), "legacy"))).toBe("green");
    }
    expect(await groupOf(old)).toBe("blue");
    const running = old.callTool({ name: "hold", arguments: {} });
    await eventually(() => held.length === 1);
    expect(await value("mcp_gateway_outstanding_requests", { group: "blue" })).toBeGreaterThan(0);
    // Once the group is gone its calls come to their end, and its sessions go on elsewhere.
    expect(await shift(undefined, 1)).toBe("applied");
    held.splice(0).forEach((release) => release());
    expect(textOf(await running)).toBe("blue was let go");
    expect(await groupOf(old)).toBe("green");
  });

  it.each(["modern", "legacy"] as const)(
    "shift under load, and no call of a %s client is lost",
    async (era) => {
      const { url, shift } = await blueGreen(era, [100, 0]);
      const clients = await Promise.all([1, 2, 3].map(() => client(url("/mcp"), era)));
      let stopped = false;
      let answered = 0;
      const run = async (connected: (typeof clients)[number]) => {
        while (!stopped) {
          expect(["blue", "green"]).toContain(await groupOf(connected, "s__echo"));
          answered += 1;
        }
      };
      const running = Promise.all(clients.map(run));
      running.catch(() => undefined);
      for (const [blue, green] of [
        [90, 10],
        [50, 50],
        [0, 100],
        [undefined, 100],
      ] as const) {
        const before = answered;
        expect(await shift(blue, green)).toBe("applied");
        await eventually(() => answered > before + 10);
      }
      stopped = true;
      await running;
      expect(await groupOf(clients[0]!, "s__echo")).toBe("green");
    },
  );

  it("are refused where they make no sense", () => {
    const check = (server: unknown) => () => checkSettings({ servers: { s: server } });
    const blue = { url: "http://a:1" };
    expect(check({})).toThrow("servers.s.url: nothing is no address, and there are no groups");
    expect(check({ url: "http://b:1", groups: { blue } })).toThrow(
      'servers.s.url: "http://b:1" stands beside groups',
    );
    expect(check({ groups: { blue, green: { url: "http://b:1/other" } } })).toThrow("different paths");
    expect(check({ groups: { blue: { ...blue, weight: -1 } } })).toThrow(
      "servers.s.groups.blue.weight: -1 is below 0",
    );
  });
});
