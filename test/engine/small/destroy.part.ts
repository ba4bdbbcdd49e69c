import { docker } from "../../../engine/docker";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  const mariadb = async (sql: string) => {
    const client = ["mariadb", "-u", "mysql", "-D", "mcp", "-Nse", sql];
    return (await docker(["exec", stack.containerName("mariadb"), ...client])).trim();
  };

  it("leaves no container, network or image of ours, and keeps the data", async () => {
    await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
    await mariadb("CREATE TABLE kept AS SELECT 42 AS answer");
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await stack.onEngine("container")).toEqual([]);
    expect(await stack.onEngine("network")).toEqual([]);
    expect(await stack.onEngine("image")).toEqual([]);
    expect(await stack.onEngine("volume")).toEqual([
      `${stack.prefix}mariadb-data`,
      `${stack.prefix}postgres-data`,
    ]);
  });

  it("is not put up past a health check that never passes, and the error has the last lines", async () => {
    const broken = {
      command: ["CMD-SHELL", "echo the probe says no; exit 3"],
      interval: 1,
      startPeriod: 1,
      retries: 2,
    };
    stack.configure({ services: { mariadb: { probe: broken } }, healthTimeout: 3600 });
    const failed = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/Container \S+mariadb is unhealthy/);
    expect(failed.output).toMatch(/the probe says no/);
    expect(failed.output).toMatch(/Its last log lines:\n\s+\| \S/);
    // Nothing above the broken service was started.
    expect(await stack.onEngine("container")).not.toContain(stack.containerName("mariadb-mcp"));

    // A rerun gates it again, and a refresh does not talk it healthy.
    for (const options of [[], ["--refresh"]]) {
      const again = await stack.pulumi("up", "--yes", "--skip-preview", ...options);
      expect({ code: again.code, output: again.output }).not.toMatchObject({ code: 0 });
      expect(again.output).toMatch(/is unhealthy/);
    }
  });

  it("comes back with its rows when that is mended", async () => {
    stack.configure(small().settings);
    await stack.up();
    expect((await stack.container("mariadb-mcp")).State.Health?.Status).toBe("healthy");
    expect(await stack.psql("SELECT answer FROM kept")).toBe("42");
    expect(await mariadb("SELECT answer FROM kept")).toBe("42");
  });

  it("deletes the data when told so, by the project's own command", async () => {
    const volumes = await stack.onEngine("volume");
    const refused = await stack.command("down", "--delete-data");
    expect(refused.code).toBe(1);
    for (const volume of volumes) expect(refused.output).toContain(volume);
    expect(refused.output).toMatch(/for good[\s\S]*Nothing was changed[\s\S]*--yes/);
    expect(await stack.onEngine("volume")).toEqual(volumes);
    expect(await stack.onEngine("container")).not.toEqual([]);

    const { code, output } = await stack.command("down", "--delete-data", "--yes");
    expect({ code, output }).toMatchObject({ code: 0 });
    for (const volume of volumes) expect(output).toMatch(new RegExp(`Deleted for good: .*${volume}`));
    expect(await stack.onEngine("volume")).toEqual([]);
  });
}

export const takenDown: Part<Small> = { title: "a stack that is taken down", endsWithNothing: true, tests };
