import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { secretTexts } from "../../../cli/preview/redact";
import type { Part } from "../support/shared-stack";
import { type Settings, TestStack } from "../support/stack";
import { readOnly, type Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  /** A setting that only shows in an environment variable: its containers are replaced. */
  let reading: Settings;
  const printed: string[] = [];
  const preview = async (...options: string[]) => {
    const result = await stack.command("preview", ...options);
    printed.push(result.output);
    return result;
  };

  beforeAll(() => {
    ({ stack } = small());
    reading = readOnly(small());
  });

  it("of a stack that is as it should be is empty, and changes nothing", async () => {
    const state = await stack.pulumi("stack", "export");
    const { code, output } = await preview();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/: nothing changes\n\nNo data is at risk/);
    expect(await stack.pulumi("stack", "export")).toEqual(state);
  });

  it("names what is replaced, why, and what would be down", async () => {
    stack.configure(reading);
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
    const { code, output } = await preview("--allow-data-loss", "postgres-data,mariadb-data");
    expect({ code, output }).toMatchObject({ code: 0 });
  });

  it("any number of them run beside each other and beside an update, which they don't hold up", async () => {
    stack.configure(reading);
    const update = stack.start(["up", "--yes", "--skip-preview"]);
    const ended = once(update, "exit");
    const results = await Promise.all([preview(), preview()]);
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(await ended).toEqual([0, null]);
    expect((await preview()).output).toMatch(/nothing changes/);
  });

  it("fails with Pulumi's words where the preview itself does", async () => {
    stack.configure({ ...reading, services: { "no-such": {} } });
    const { code, output } = await preview("--output", join(stack.folder, "report.md"));
    expect(code).toBe(2);
    expect(output).toMatch(/no-such/);
    expect(readFileSync(join(stack.folder, "report.md"), "utf8")).toMatch(/^## ❌ .*settings can't be used/);
    stack.configure(reading);
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
    await other.remove();
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
}

export const previewed: Part<Small> = { title: "a preview as a reviewer reads it", tests };
