import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../../../engine/docker";
import { waitHealthy } from "../../../engine/health";
import { runsOf } from "../support/runs";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Tools } from "./stack";

function tests(tools: () => Tools) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = tools()));

  async function repaired(): Promise<string> {
    const { code, output } = await stack.command("repair", "--yes");
    expect({ code, output }).toMatchObject({ code: 0 });
    return output;
  }

  async function expectNothingToDo(): Promise<void> {
    const { code, output } = await stack.pulumi("preview", "--expect-no-changes");
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  }

  it("files of attributes that a killed Pulumi left empty are removed, and the state is read again", async () => {
    const attributes = join(stack.folder, ".pulumi", "stacks", "mcp", `${stack.name}.json.attrs`);
    const before = await runsOf(stack);
    writeFileSync(attributes, "");
    expect((await stack.pulumi("stack", "output")).code).not.toBe(0);
    const refused = await stack.command("repair");
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/half-written[\s\S]*Nothing was changed/);
    expect(await repaired()).toMatch(/is repaired/);
    expect(await runsOf(stack)).toEqual(before);
    await expectNothingToDo();
  });

  describe("a state that does not know what runs", () => {
    it("takes a container that it has lost back in, untouched", async () => {
      const before = await runsOf(stack);
      const { output } = await stack.pulumi("stack", "export");
      const { deployment } = JSON.parse(output) as {
        deployment: { resources: { urn: string; type: string }[] };
      };
      const urn = deployment.resources.find((one) => one.urn.endsWith("Container::mariadb-mcp"))?.urn ?? "";
      const removed = await stack.pulumi("state", "delete", urn, "--target-dependents", "--yes");
      expect({ code: removed.code, output: removed.output }).toMatchObject({ code: 0 });

      expect(await repaired()).toMatch(/take into the state what runs and is not in it.*mariadb-mcp/);
      // Its database user is given its rights again, which it has.
      await stack.up();
      expect(await runsOf(stack)).toEqual(before);
    });

    it("and names what is gone forgets that, and the next update brings it back with its rows", async () => {
      await stack.psql("CREATE TABLE forgotten AS SELECT 7 AS answer");
      await docker([
        "rm",
        "--force",
        stack.containerName("postgres-db"),
        stack.containerName("postgres-mcp"),
      ]);
      expect(await repaired()).toMatch(
        /forget what is gone.*container postgres-(db|mcp), container postgres-(db|mcp)/,
      );
      await stack.up();
      expect(await stack.psql("SELECT answer FROM forgotten")).toBe("7");
      await stack.psql("DROP TABLE forgotten");
    });
  });

  describe("a state that is lost altogether", () => {
    const lose = () => rmSync(join(stack.folder, ".pulumi"), { recursive: true });

    it("is rebuilt from what runs: no container is touched, and a preview is empty", async () => {
      // The engine has no verdict on what has just started: what logs in to the database is asked here and now.
      await docker(["restart", stack.containerName("mariadb-mcp")]);
      await waitHealthy(stack.containerName("mariadb-mcp"), 60);
      const before = await runsOf(stack);
      lose();
      const asked = await stack.command("repair");
      expect(asked.code).toBe(1);
      expect(asked.output).toMatch(
        /rebuild the lost state from what runs[\s\S]*another state still has these/,
      );

      await repaired();
      await expectNothingToDo();
      expect(await runsOf(stack)).toEqual(before);
    });

    it("and begun anew by an update that found the names taken, is rebuilt as well; what differs is told", async () => {
      const before = await runsOf(stack);
      lose();
      const made = await stack.type(`pulumi -C ${stack.folder} stack init ${stack.name} --no-select`);
      expect(made).toMatchObject({ code: 0 });
      expect((await stack.pulumi("up", "--yes", "--skip-preview")).code).not.toBe(0);
      const { settings } = tools();
      stack.configure({
        ...settings,
        services: { ...settings.services, "postgres-mcp": { access: "write" } },
      });

      const output = await repaired();
      expect(output).toMatch(/forget \d+ resource\(s\) that were noted after the state was lost/);
      expect(output).toMatch(/postgres-mcp runs with other envs than wanted: the next update replaces it/);
      expect(await runsOf(stack)).toEqual(before);
      const { output: planned } = await stack.command("preview");
      expect(planned).toMatch(/1 replaced/);
      expect(planned).toMatch(/No data is at risk/);
      await stack.up();
    });
  });
}

export const repairs: Part<Tools> = { title: "repair of a state", tests };
