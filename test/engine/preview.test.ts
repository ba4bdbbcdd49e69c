import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { secretTexts } from "../../cli/preview/redact";
import { startS3 } from "./support/s3/server";
import { TestStack } from "./support/stack";

/** A setting that only shows in an environment variable: its containers are replaced. */
const writing = { services: { "postgres-mcp": { access: "write" }, "mariadb-mcp": { access: "write" } } };

describe("a preview as a reviewer reads it", () => {
  let stack: TestStack;
  const printed: string[] = [];
  const preview = async (...options: string[]) => {
    const result = await stack.command("preview", ...options);
    printed.push(result.output);
    return result;
  };

  beforeAll(async () => {
    stack = await TestStack.create();
    await stack.up();
  });
  afterAll(() => stack.remove());

  it("of a stack that is as it should be is empty, and changes nothing", async () => {
    const state = await stack.pulumi("stack", "export");
    const { code, output } = await preview();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/: nothing changes\n\nNo data is at risk/);
    expect(await stack.pulumi("stack", "export")).toEqual(state);
  });

  it("names what is replaced, why, and what would be down", async () => {
    stack.configure(writing);
    const { code, output } = await preview();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/2 replaced/);
    expect(output).toMatch(/replaced \| container \| `postgres-mcp` \| `envs`/);
    expect(output).toMatch(/`postgres-mcp` \| about \d+ s/);
    expect(output).not.toMatch(/`postgres-db` \| about/);
  });

  it("fails where a data volume would be replaced, until that is allowed by name", async () => {
    stack.configure({ namePrefix: `${stack.prefix}b-` });
    const refused = await preview();
    expect({ code: refused.code, output: refused.output }).toMatchObject({ code: 1 });
    expect(refused.output).toMatch(
      /Data is at risk: (postgres-data|mariadb-data), (postgres-data|mariadb-data)/,
    );
    expect(refused.output).toContain(`${stack.prefix}postgres-data\` on the engine) would be replaced`);
    expect(refused.output).toContain(`Allow-Data-Loss: ${stack.name}/postgres-data`);
    const half = await preview("--allow-data-loss", "postgres-data");
    expect(half.code).toBe(1);
    expect(half.output).toMatch(/Data is at risk: mariadb-data\./);
    const { code, output } = await preview("--allow-data-loss", "postgres-data,mariadb-data");
    expect({ code, output }).toMatchObject({ code: 0 });
  });

  it("any number of them run beside each other and beside an update, which they don't hold up", async () => {
    stack.configure(writing);
    const update = stack.start(["up", "--yes", "--skip-preview"]);
    const ended = once(update, "exit");
    const results = await Promise.all([preview(), preview(), preview()]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await ended).toEqual([0, null]);
    expect((await preview()).output).toMatch(/nothing changes/);
  });

  it("fails with Pulumi's words where the preview itself does", async () => {
    stack.configure({ ...writing, services: { "no-such": {} } });
    const { code, output } = await preview("--output", join(stack.folder, "report.md"));
    expect(code).toBe(2);
    expect(output).toMatch(/no-such/);
    expect(readFileSync(join(stack.folder, "report.md"), "utf8")).toMatch(/^## ❌ .*settings can't be used/);
    stack.configure(writing);
  });

  it("of a stack that the backend does not have yet shows all of it, and makes nothing there", async () => {
    const other = new TestStack();
    other.configure({ system: "tekup" });
    other.environment.PULUMI_BACKEND_URL = stack.environment.PULUMI_BACKEND_URL;
    const { code, output } = await other.command("preview");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/no such stack yet/);
    expect(output).toMatch(/made \| network/);
    expect((await stack.pulumi("stack", "ls")).output).not.toContain(other.name);
  });

  it("shows no secret, in whatever it prints", async () => {
    const { output } = await stack.pulumi("stack", "export", "--show-secrets");
    const secrets = secretTexts(JSON.parse(output)).filter((secret) => secret.length >= 8);
    expect(secrets.length).toBeGreaterThan(4);
    const json = await preview("--json");
    expect(JSON.parse(json.output.slice(json.output.indexOf("{")))).toMatchObject({ failures: [] });
    expect(printed.length).toBeGreaterThan(8);
    expect(secrets.filter((secret) => printed.some((text) => text.includes(secret)))).toEqual([]);
  });

  it.each(["PostgreSQL", "an S3-compatible server"])(
    "works with a state in %s, whose stale lock is released",
    async (kind) => {
      const server = kind === "PostgreSQL" ? undefined : await startS3();
      if (kind !== "PostgreSQL" && !server) return; // no Go to build it with
      const PULUMI_BACKEND_URL = server?.backend ?? (await postgresBackend());
      const kept = await TestStack.create({ tiers: 1 }, { ...server?.environment, PULUMI_BACKEND_URL });
      try {
        await kept.up();
        const same = await kept.command("preview");
        expect({ code: same.code, output: same.output }).toMatchObject({ code: 0 });
        expect(same.output).toMatch(/nothing changes/);

        const other = { tiers: 1, networkName: `${kept.name}-other` };
        // It waits for what is never healthy, and so lasts for longer than a repair takes to begin.
        const never = { command: ["CMD", "false"], interval: 60 };
        kept.configure({ ...other, services: { "postgres-db": { probe: never } } });
        const update = kept.start(["up", "--yes", "--skip-preview"]);
        const exited = once(update, "exit");
        while ((await kept.onEngine("container")).length === 2 && update.exitCode === null) await sleep(50);
        const held = await kept.command("repair", "--yes");
        expect({ code: held.code, output: held.output }).toMatchObject({ code: 1 });
        expect(held.output).toMatch(/An update .* is running: process \d+[\s\S]*Nothing was changed/);
        process.kill(-(update.pid ?? 0), "SIGKILL");
        await exited;

        const { code, output } = await kept.command("repair", "--yes");
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).toMatch(/release the lock of process \d+/);
        expect(output).not.toContain(new URL(PULUMI_BACKEND_URL).password || "planted-key-of-the-bucket");
        kept.configure(other);
        await kept.up();
      } finally {
        await kept.remove();
        await server?.stop();
      }
    },
  );

  async function postgresBackend(): Promise<string> {
    const { Config } = await stack.container("postgres-db");
    const password = Config.Env.find((entry) => entry.startsWith("POSTGRES_PASSWORD="))?.split("=")[1] ?? "";
    return `postgres://postgres:${password}@${stack.address(20)}:5432/mcp?sslmode=disable`;
  }
});
