import { type Fixture, serveFixture } from "./fixture/serve";
import { cancelled, toolbox } from "./fixture/toolbox";
import { connect, connectedFor, eventually, gatewayFor } from "./support";

type Era = "modern" | "legacy";

/** The four cells, and both ways to a server: as itself, and as a part of all. */
const cells = (["modern", "legacy"] as const).flatMap((client) =>
  (["modern", "legacy"] as const).flatMap((server) =>
    (["itself", "part"] as const).map((as) => ({ client, server, as })),
  ),
);

const fixtures = {} as Record<Era, Fixture>;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;

beforeAll(async () => {
  fixtures.modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  fixtures.legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
  gateway = await gatewayFor({ new: fixtures.modern.url, old: fixtures.legacy.url });
});

afterAll(async () => {
  await gateway.stop();
  await fixtures.modern.close();
  await fixtures.legacy.close();
});

describe.each(cells)("a $client client of a $server server as $as", ({ client: era, server, as }) => {
  const name = server === "modern" ? "new" : "old";
  const uri = (own: string) => (as === "part" ? `${name}+${own}` : own);
  const connected = connectedFor(
    () => connect(gateway.url(as === "part" ? "/mcp" : `/mcp/${name}`), era),
    as === "part" ? name : undefined,
  );
  const { tool, call } = connected;

  it("sees and calls tools", async () => {
    const { tools } = await connected.client.listTools();
    expect(tools.map((item) => item.name)).toEqual(expect.arrayContaining([tool("echo"), tool("ask")]));
    expect(await call("echo", { value: "hi" })).toBe(`${name}: hi`);
    expect(await connected.client.callTool({ name: tool("fail"), arguments: {} })).toMatchObject({
      isError: true,
    });
  });

  it("reads resources, by the names that it was given", async () => {
    const { resources } = await connected.client.listResources();
    expect(resources.map((item) => item.uri)).toContain(uri("note://one"));
    const { resourceTemplates } = await connected.client.listResourceTemplates();
    expect(resourceTemplates.map((item) => item.uriTemplate)).toContain(uri("note://{id}/text"));
    const one = await connected.client.readResource({ uri: uri("note://one") });
    expect(one.contents).toMatchObject([{ uri: uri("note://one"), text: `${name} one` }]);
    const { content } = await connected.client.callTool({ name: tool("link"), arguments: {} });
    expect(content).toMatchObject([{ uri: uri("note://one") }, { resource: { uri: uri("note://two") } }]);
  });

  it("gets prompts and completions", async () => {
    const { prompts } = await connected.client.listPrompts();
    expect(prompts.map((item) => item.name)).toContain(tool("greet"));
    const { messages } = await connected.client.getPrompt({ name: tool("greet"), arguments: { who: "you" } });
    expect(messages[0]?.content).toMatchObject({ text: `${name} greets you` });
    const { completion } = await connected.client.complete({
      ref: { type: "ref/prompt", name: tool("greet") },
      argument: { name: "who", value: "x" },
    });
    expect(completion.values).toEqual([`x-${name}`]);
  });

  it("follows the progress of a call", async () => {
    const seen: unknown[] = [];
    const onprogress = (progress: unknown) => seen.push(progress);
    await connected.client.callTool({ name: tool("steps"), arguments: {} }, { onprogress });
    expect(seen).toMatchObject(
      [1, 2, 3].map((progress) => ({ progress, total: 3, message: `${name} ${progress}` })),
    );
  });

  it("is asked by the server, and answers", async () => {
    expect(await call("ask")).toBe(`${name} met Ada`);
    expect(await call("sample")).toBe(`${name} heard hello`);
  });

  it("cancels a call", async () => {
    const before = cancelled.length;
    const control = new AbortController();
    const calling = connected.client.callTool(
      { name: tool("wait"), arguments: {} },
      { signal: control.signal },
    );
    setTimeout(() => control.abort(), 100);
    await expect(calling).rejects.toThrow();
    await eventually(() => cancelled.length > before);
    expect(cancelled.at(-1)).toBe(name);
  });
});
