import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { docker } from "../../engine/docker";
import { eventually } from "./support/eventually";
import type { Session } from "./support/mcp";
import { type Settings } from "./support/stack";
import { TekUp } from "./support/tekup";

/** A stack file's own settings, but for its names, which are the test's. */
function settingsOf(stack: string): Settings {
  const file = join(__dirname, "..", "..", `Pulumi.${stack}.yaml`);
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const own = Object.entries(config).map(([key, value]) => [key.replace(/^mcp:/, ""), value] as const);
  return Object.fromEntries(own.filter(([key]) => key !== "namePrefix" && key !== "networkName"));
}

describe.each(["tekup-dev", "staging", "prod"])("%s, with its own settings and two clients", (name) => {
  const most = 200;
  let tekup: TekUp;

  beforeAll(async () => {
    const settings = settingsOf(name);
    const { nginx: _, ...services } = (settings.services ?? {}) as Settings;
    tekup = await TekUp.up({
      ...settings,
      tiers: 3,
      services,
      clients: { ide: {}, bot: { allow: ["search__*"] } },
      gateway: { callsPerToolPerMinute: most },
      // No site of the test's is on the public internet.
      browser: { ...(settings.browser as object | undefined), allowPrivate: ["10.0.0.0/8"] },
    });
  });
  afterAll(() => tekup?.stack.remove());

  const ide = (use: (session: Session) => Promise<void>) => tekup.as("ide", use);

  it("writes a file, finds it and reads it", () =>
    ide(async (session) => {
      const path = "/srv/workspace/notes/today.txt";
      await session.call("filesystem__create_directory", { path: "/srv/workspace/notes" });
      const content = "bread\na needle\n";
      const written = await session.call("filesystem__write_file", { path, content });
      expect(written).toMatchObject({ isError: false });
      const found = await session.call("search__search_code", { pattern: "needle" });
      expect(found.text).toContain(`${path}:2:a needle`);
      expect((await session.call("filesystem__read_text_file", { path })).text).toContain("bread");
    }));

  it("answers a question by the place that says it in other words", () =>
    ide(async (session) => {
      const content = "The feline slept on the sofa all afternoon.\n";
      await session.call("filesystem__write_file", { path: "/srv/workspace/pets.md", content });
      const query = "Where did the cat take a nap?";
      // The index looks for changed files every few seconds; a client may not ask more often than its limit.
      await eventually(async () => {
        const { text } = await session.call("search__search_semantic", { query });
        expect(text).toContain("pets.md");
      }, most - 10);
    }));

  it("drives a page of a site, and takes a picture of it", () =>
    tekup.withSite((page) =>
      ide(async (session) => {
        const call = (tool: string, args: Record<string, unknown>) =>
          session.call(`browser__browser_${tool}`, args);
        await call("navigate", { url: page });
        await call("type", { target: "#name", text: "Ann" });
        await call("click", { target: "#greet" });
        expect((await call("read", {})).text).toContain("Hello Ann");
        const { images } = await call("take_screenshot", {});
        expect(images[0]?.subarray(1, 4).toString()).toBe("PNG");
      }),
    ));

  it("confines what pages run in namespaces of their own, where this kernel lets it, and in no others", async () => {
    const browser = tekup.stack.containerName("mcp-browser");
    const mayUnshare = (...kinds: string[]) =>
      docker(["exec", browser, "unshare", ...kinds, "true"]).then(
        () => true,
        () => false,
      );
    const { output } = await tekup.stack.command("logs", "mcp-browser");
    expect(output).toContain(`"sandbox":${await mayUnshare("--user", "--pid", "--net", "--fork")}`);
    for (const kind of ["--mount", "--uts", "--ipc", "--cgroup"])
      expect({ kind, may: await mayUnshare("--user", kind) }).toEqual({ kind, may: false });
  });

  it("refuses a wrong key, none, a tool that a client may not call, and too many calls", async () => {
    await expect(tekup.toolNames("guessed")).rejects.toThrow(/401|not good|key/i);
    await expect(tekup.toolNames()).rejects.toThrow(/401|key/i);
    await tekup.as("bot", async (session) => {
      const names = await session.toolNames();
      expect(names).toContain("search__search_code");
      expect(names.filter((tool) => !tool.startsWith("search__"))).toEqual([]);
      const path = "/srv/workspace/notes/today.txt";
      await expect(session.call("filesystem__read_text_file", { path })).rejects.toThrow(/not allowed/);
      const all = Array.from({ length: most + 1 }, () => session.call("search__index_status", {}));
      const outcomes = await Promise.allSettled(all);
      const refusals = outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
      expect(refusals).toEqual([expect.stringContaining(`Too many calls of this tool: ${most} in 60 s`)]);
    });
  });

  it("changes nothing when it is put up again", async () => {
    expect(await tekup.stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  });

  it("leaves nothing but its data when it is taken down", async () => {
    const { stack } = tekup;
    expect(await stack.pulumi("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    for (const kind of ["container", "network", "image"] as const)
      expect({ kind, left: await stack.onEngine(kind) }).toEqual({ kind, left: [] });
    expect(await stack.onEngine("volume")).toContain(stack.containerName("workspace"));
  });
});
