import type { Client } from "@modelcontextprotocol/client";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { connect, eventually, gatewayFor } from "./support";

let modern: Fixture;
let legacy: Fixture;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;

beforeAll(async () => {
  modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
  gateway = await gatewayFor({ new: modern.url, old: legacy.url });
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([modern.close(), legacy.close()]);
});

/** What a client is told from now on, as `method` or `method uri`. */
function told(client: Client): string[] {
  const seen: string[] = [];
  client.setNotificationHandler("notifications/tools/list_changed", () => void seen.push("tools"));
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => void seen.push(params.uri),
  );
  client.setNotificationHandler("notifications/message", ({ params }) => void seen.push(String(params.data)));
  return seen;
}

describe.each(["modern", "legacy"] as const)("a %s client", (era) => {
  it.each([
    ["new", "/mcp", "new+note://one", "new__"],
    ["old", "/mcp", "old+note://one", "old__"],
    ["new", "/mcp/new", "note://one", ""],
    ["old", "/mcp/old", "note://one", ""],
  ])("is told what changes in %s at %s", async (_, path, uri, prefix) => {
    const client = await connect(gateway.url(path), era);
    const seen = told(client);
    if (era === "legacy") await client.subscribeResource({ uri });
    else {
      const { honoredFilter } = await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
      expect(honoredFilter).toEqual({ toolsListChanged: true, resourceSubscriptions: [uri] });
    }
    // A stream may be on its way still, so the change is made until it is heard of.
    await eventually(async () => {
      await client.callTool({ name: `${prefix}change`, arguments: {} });
      return seen.includes("tools") && seen.includes(uri);
    });
    expect(seen.filter((item) => item !== "tools" && item !== uri)).toEqual([]);
    await client.close();
  });

  it.each([
    ["new", "/mcp", "new__log"],
    ["old", "/mcp", "old__log"],
    ["new", "/mcp/new", "log"],
    ["old", "/mcp/old", "log"],
  ])("hears the log messages of %s at %s that it asked for", async (name, path, tool) => {
    const client = await connect(gateway.url(path), era);
    const seen = told(client);
    const call = (level?: string) =>
      client.callTool({
        name: tool,
        arguments: {},
        ...(era === "modern" && level ? { _meta: { "io.modelcontextprotocol/logLevel": level } } : {}),
      });
    if (era === "legacy") await client.setLoggingLevel("warning");
    await call("warning");
    expect(seen).toEqual([`${name} warns`]);
    if (era === "legacy") await client.setLoggingLevel("debug");
    await call("debug");
    expect(seen).toEqual([`${name} warns`, `${name} whispers`, `${name} warns`]);
    await client.close();
  });
});
