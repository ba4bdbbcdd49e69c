import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { killed, madeGood, soakKills } from "../../bench/soak-kills";
import { docker } from "../../engine/docker";
import { type PulumiResult, TestStack } from "./support/stack";

let stack: TestStack;
beforeAll(async () => {
  // The third tier has volumes with configuration.
  stack = await TestStack.create({ tiers: 3 });
  await stack.up();
});
afterAll(() => stack.remove());

const services = ["postgres-db", "mariadb", "postgres-mcp", "mariadb-mcp", "python-experimental"];

/** Which containers run, and since when: nothing that leaves them alone changes this. */
async function running(): Promise<string[]> {
  const found = await Promise.all(services.map((name) => stack.container(name)));
  return found.map(({ Id, State }) => `${Id} ${State.StartedAt}`);
}

async function repaired(): Promise<string> {
  const { code, output } = await stack.command("repair", "--yes");
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
}

async function expectNothingToDo(): Promise<void> {
  const { code, output } = await stack.pulumi("preview", "--expect-no-changes");
  expect({ code, output }).toMatchObject({ code: 0 });
}

describe("a lock", () => {
  const folder = () => join(stack.folder, ".pulumi", "locks", "organization", "mcp", stack.name);
  const lock = (pid: number, host = hostname()) => {
    mkdirSync(folder(), { recursive: true });
    const content = { pid, hostname: host, username: "ann", timestamp: "2026-01-02T03:04:05Z" };
    writeFileSync(join(folder(), "lock.json"), JSON.stringify(content));
  };
  const repair = (...options: string[]): Promise<PulumiResult> => stack.command("repair", ...options);
  afterEach(() => rmSync(folder(), { recursive: true, force: true }));

  it("of a Pulumi that runs is never released", async () => {
    const program = join(stack.folder, "pulumi");
    copyFileSync("/bin/sleep", program);
    const alive: ChildProcess = spawn(program, ["600"]);
    try {
      lock(alive.pid ?? 0);
      const { code, output } = await repair("--yes", "--ended", `${alive.pid}@${hostname()}`);
      expect(code).toBe(1);
      expect(output).toMatch(/is running: process \d+[\s\S]*Nothing was changed/);
      expect(readdirSync(folder())).toEqual(["lock.json"]);
    } finally {
      alive.kill();
    }
  });

  it("of another machine is released when somebody says that its process ended", async () => {
    lock(42, "runner-7");
    const refused = await repair("--yes");
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/locked from another machine[\s\S]*--ended 42@runner-7/);
    const { code, output } = await repair("--yes", "--ended", "42@runner-7");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(readdirSync(folder())).toEqual([]);
  });

  it("that nobody holds is released, but not without being asked", async () => {
    lock(2 ** 22 + 1);
    const { code, output } = await repair();
    expect(code).toBe(1);
    expect(output).toMatch(/release the lock of process[\s\S]*Nothing was changed.*--yes/);
    expect(await repaired()).toMatch(/is repaired/);
    expect((await repair()).output).toMatch(/nothing to repair/);
  });
});

it("files of attributes that a killed Pulumi left empty are removed, and the state is read again", async () => {
  const attributes = join(stack.folder, ".pulumi", "stacks", "mcp", `${stack.name}.json.attrs`);
  const before = await running();
  writeFileSync(attributes, "");
  expect((await stack.pulumi("stack", "output")).code).not.toBe(0);
  const refused = await stack.command("repair");
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/half-written[\s\S]*Nothing was changed/);
  expect(await repaired()).toMatch(/is repaired/);
  expect(await running()).toEqual(before);
  await expectNothingToDo();
});

describe("a state that does not know what runs", () => {
  it("takes a container that it has lost back in, untouched", async () => {
    const before = await running();
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
    expect(await running()).toEqual(before);
    await expectNothingToDo();
  });

  it("and names what is gone forgets that, and the next update brings it back with its rows", async () => {
    await stack.psql("CREATE TABLE forgotten AS SELECT 7 AS answer");
    await docker(["rm", "--force", stack.containerName("postgres-db"), stack.containerName("postgres-mcp")]);
    expect(await repaired()).toMatch(
      /forget what is gone.*container postgres-(db|mcp), container postgres-(db|mcp)/,
    );
    await stack.up();
    expect(await stack.psql("SELECT answer FROM forgotten")).toBe("7");
    await expectNothingToDo();
  });
});

describe("a state that is lost altogether", () => {
  const lose = () => rmSync(join(stack.folder, ".pulumi"), { recursive: true });

  it("is rebuilt from what runs: no container is touched, and a preview is empty", async () => {
    const before = await running();
    lose();
    const asked = await stack.command("repair");
    expect(asked.code).toBe(1);
    expect(asked.output).toMatch(/rebuild the lost state from what runs[\s\S]*another state still has these/);

    await repaired();
    await expectNothingToDo();
    expect(await running()).toEqual(before);
    await stack.up();
    expect(await running()).toEqual(before);
  });

  it("and begun anew by an update that found the names taken, is rebuilt as well; what differs is told", async () => {
    const before = await running();
    lose();
    const made = await stack.type(`pulumi -C ${stack.folder} stack init ${stack.name} --no-select`);
    expect(made).toMatchObject({ code: 0 });
    expect((await stack.pulumi("up", "--yes", "--skip-preview")).code).not.toBe(0);
    stack.configure({ tiers: 3, services: { "postgres-mcp": { access: "write" } } });

    const output = await repaired();
    expect(output).toMatch(/forget \d+ resource\(s\) that were noted after the state was lost/);
    expect(output).toMatch(/postgres-mcp runs with other envs than wanted: the next update replaces it/);
    expect(await running()).toEqual(before);
    const { output: planned } = await stack.command("preview");
    expect(planned).toMatch(/1 replaced/);
    expect(planned).toMatch(/No data is at risk/);
    await stack.up();
    await expectNothingToDo();
  });
});

it("a destruction that is killed while it locks users out is made good", async () => {
  await stack.psql("CREATE TABLE kept AS SELECT 42 AS answer");
  const when = (line: string) => /DatabaseUser mariadb-mcp-mariadb deleting/.test(line);
  expect(await killed(stack, { command: "destroy", settings: {}, when })).toBe(false);
  expect(await madeGood(stack)).toBeUndefined();
});

it("an update that is killed at any point is made good by one repair and one update", async () => {
  stack.configure({});
  await stack.up();
  const log: string[] = [];
  const failures = await soakKills(stack, { runs: 3, seed: 7, log: (line) => log.push(line) });
  expect({ failures, log }).toMatchObject({ failures: [] });
});
