import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { soakDrift } from "../../bench/soak-drift";
import type { Difference, DriftReport } from "../../drift/types";
import { docker } from "../../engine/docker";
import { freePort } from "./support/ports";
import { TestStack } from "./support/stack";

const root = join(__dirname, "..", "..");

let stack: TestStack;
let port: number;

beforeAll(async () => {
  port = await freePort();
  stack = await TestStack.create({
    tiers: 3,
    services: { "mariadb-mcp": { probe: { interval: 1, retries: 1 }, publish: port } },
  });
  await stack.up();
});

afterAll(() => stack.remove());

const name = (service: string) => stack.containerName(service);
const network = () => name("mcp-cluster");

/** What `drift --json` reports, with what it ends with. */
async function drift(...options: string[]): Promise<DriftReport & { code: number; ids: string[] }> {
  const { code, output } = await stack.command("drift", "--json", ...options);
  // Lines on what is being mended come before, on the other stream.
  const report = JSON.parse(output.slice(output.search(/^\{$/m))) as DriftReport;
  return { ...report, code, ids: report.differences.map(({ id }) => id).sort() };
}

/** Expects that there is no difference any more. */
async function expectNone(): Promise<void> {
  const { code, differences } = await drift();
  expect({ code, differences }).toEqual({ code: 0, differences: [] });
}

/** Runs the command that a difference names, as whoever reads the report would. */
async function follow(difference: Difference | undefined): Promise<void> {
  const line = (difference?.mend.command ?? "false").replace(/ \(.*$/, "");
  const { code, output } = await stack.type(line);
  if (code !== 0) throw new Error(`${line} failed:\n${output}`);
}

function of(report: DriftReport, id: string): Difference | undefined {
  return report.differences.find((difference) => difference.id === id);
}

/** Runs a shell line as root in a container that mounts a volume, as somebody on the host would change it. */
function inVolume(volume: string, line: string, image: string): Promise<string> {
  const mount = ["--volume", `${volume}:/volume`, "--network", "none", "--user", "0:0"];
  return docker(["run", "--rm", ...mount, "--entrypoint", "sh", image, "-c", line]);
}

const runs = async () =>
  docker([
    "ps",
    "--all",
    "--no-trunc",
    "--filter",
    `label=dev.mcp.stack=${stack.name}`,
    "--format",
    "{{.ID}}",
  ]);

describe("a stack that is as it should be", () => {
  it("is said to be, and left as it is", async () => {
    const [before, state] = [await runs(), await stack.pulumi("stack", "export")];
    await expectNone();
    expect(await runs()).toBe(before);
    expect((await stack.pulumi("stack", "export")).output).toBe(state.output);
    const { code, output } = await stack.command("drift");
    expect({ code, output }).toEqual({ code: 0, output: `${stack.name}: as it should be.\n` });
  });

  it("is said to be under load and in the middle of restarts", async () => {
    const log = () => undefined;
    expect(await soakDrift(stack, { runs: 5, seed: 7, log })).toEqual([]);
  });
});

describe("what was changed in place", () => {
  it("is found, mended where that is safe, and left to the named command where not", async () => {
    const { Image } = await stack.container("mariadb");
    const held = (await stack.onEngine("image")).find((image) => image.includes("/sql-mcp:")) ?? "";
    const config = (await stack.onEngine("volume")).find((volume) => volume.includes("buildkit-etc")) ?? "";
    const [guest, further] = [name("guest"), name("further")];
    await docker(["kill", "--signal", "STOP", name("mariadb-mcp")]);
    await docker(["kill", name("postgres-mcp")]);
    await docker(["pause", name("python-experimental")]);
    await docker(["rename", name("k8s-plugin"), name("renamed")]);
    await docker(["network", "disconnect", network(), name("renamed")]);
    await docker([
      ...["update", "--memory", "700m", "--memory-swap", "900m", "--pids-limit", "77"],
      ...["--restart", "on-failure", name("mariadb")],
    ]);
    await docker(["network", "create", further]);
    await docker(["network", "connect", further, name("mariadb")]);
    await docker(["network", "disconnect", network(), name("postgres-db")]);
    await docker(["network", "connect", "--ip", stack.address(99), network(), name("postgres-db")]);
    await docker(["tag", Image, held]);
    await docker(["create", "--name", guest, "--network", network(), Image]);
    await stack.psql("ALTER ROLE python_experimental PASSWORD 'rotated'");
    await inVolume(config, "echo '# by hand' >> /volume/buildkitd.toml", Image);

    const found = await drift();
    expect(found.code).toBe(2);
    const expected: Record<string, { expected: string; found: string | RegExp; by?: RegExp; fix: boolean }> =
      {
        "configuration/buildkit/buildkitd.toml": {
          expected: "lines",
          found: /differs from line \d+ on/,
          fix: true,
        },
        "container/k8s-plugin/renamed": {
          expected: name("k8s-plugin"),
          found: name("renamed"),
          by: /container rename/,
          fix: true,
        },
        "container/mariadb/memory": {
          expected: "512 MiB",
          found: "700 MiB",
          by: /container update/,
          fix: true,
        },
        "container/mariadb/memory with swap": { expected: "512 MiB", found: "900 MiB", fix: true },
        "container/mariadb/process limit": { expected: "200", found: "77", fix: true },
        "container/mariadb/restart policy": { expected: "unless-stopped", found: "on-failure", fix: true },
        "container/mariadb-mcp/unhealthy": { expected: "healthy", found: /^unhealthy/, fix: true },
        "container/postgres-mcp/stopped": {
          expected: "healthy",
          found: /^exited \(exit code 137\)$/,
          by: /container (kill|die)/,
          fix: true,
        },
        "container/python-experimental/paused": {
          expected: "healthy",
          found: "paused",
          by: /container pause/,
          fix: true,
        },
        [`image/${held}/retagged`]: { expected: "sha256:", found: Image, by: /image tag/, fix: true },
        "network/k8s-plugin/detached": {
          expected: network(),
          found: "not connected",
          by: /network disconnect/,
          fix: true,
        },
        [`network/mariadb/extra network ${further}`]: {
          expected: "not connected",
          found: further,
          fix: true,
        },
        "network/postgres-db/address": {
          expected: stack.address(20),
          found: stack.address(99),
          by: /network connect/,
          fix: true,
        },
        "network/postgres-db/alias postgres-db": {
          expected: "postgres-db",
          found: /^[0-9a-f]{12}$/,
          fix: true,
        },
        [`network/${guest}/foreign container`]: { expected: "none", found: /created/, fix: false },
        "secret/python-experimental/password of python_experimental in postgres-db": {
          expected: "the state's password is let in",
          found: /authentication failed/,
          fix: true,
        },
      };
    expect(found.ids).toEqual(Object.keys(expected).sort());
    for (const [id, wanted] of Object.entries(expected)) {
      const difference = of(found, id);
      expect({ id, ...difference }).toMatchObject({
        id,
        expected: expect.stringContaining(wanted.expected) as string,
        found: expect.stringMatching(wanted.found) as string,
        mend: { automatic: wanted.fix },
      });
      // The engine keeps few events; one that has gone by can't be told of.
      if (wanted.by && difference?.by) expect(difference.by).toMatch(wanted.by);
      if (difference?.by) expect(Date.parse(difference.since ?? "")).not.toBeNaN();
    }

    const mended = await drift("--fix");
    expect(mended.ids).toEqual([`network/${guest}/foreign container`]);
    expect(mended.mended.map(({ id }) => id).sort()).toEqual(
      found.ids.filter((id) => !mended.ids.includes(id)),
    );
    await follow(mended.differences[0]);
    await docker(["rm", guest]);
    await docker(["network", "rm", further]);
    await expectNone();
  });
});

describe("a container that is not the stack's own", () => {
  it("is found with all that is other about it, also where one is gone or restarts in a loop", async () => {
    const { Image } = await stack.container("mariadb-mcp");
    await docker(["rm", "--force", name("postgres-mcp"), name("mariadb-mcp")]);
    await docker([
      ...[
        "run",
        "--detach",
        "--name",
        name("mariadb-mcp"),
        "--network",
        network(),
        "--ip",
        stack.address(31),
      ],
      ...["--network-alias", "mariadb-mcp", "--user", "0:0", "--cap-add", "NET_ADMIN", "--memory", "100m"],
      ...["--env", "DATABASE_HOST=elsewhere", "--env", "EXTRA=yes", "--label", "dev.mcp.tier=9"],
      ...["--restart", "always", "--pids-limit", "50", "--log-opt", "max-size=1m", "--health-cmd", "true"],
      ...["--publish", `0.0.0.0:${port}:8000`, "--publish", "8001", "--entrypoint", "sh", Image],
      ...["-c", "echo by hand > /by-hand; exec sleep 1000"],
    ]);
    await docker(["stop", name("python-experimental")]);
    await docker(["update", "--memory", "6m", "--memory-swap", "6m", name("python-experimental")]);
    await docker(["start", name("python-experimental")]).catch(() => undefined); // it ends at once, and again

    const found = await drift("--settle", "20");
    const own = (what: string) => `container/mariadb-mcp/${what}`;
    expect(found.ids).toEqual(
      expect.arrayContaining([
        "container/postgres-mcp/removed",
        "container/python-experimental/memory",
        "container/python-experimental/restarting",
        own("replaced"),
        own("environment DATABASE_HOST"),
        own("environment EXTRA"),
        own("label dev.mcp.tier"),
        own("command"),
        own("user"),
        own("added capabilities"),
        own("memory"),
        own("memory with swap"),
        own("process limit"),
        own("restart policy"),
        own("health check"),
        own("log options"),
        own("published port 8000/tcp"),
        own("published port 8001/tcp"),
        "file/mariadb-mcp//by-hand",
      ]),
    );
    expect(of(found, own("published port 8000/tcp"))).toMatchObject({
      expected: `127.0.0.1:${port}`,
      found: `0.0.0.0:${port}`,
    });
    // Of a variable that holds a secret only that it differs is ever told.
    expect(JSON.stringify(found)).not.toContain(await password());

    // It has the port that is published, and no update goes on without that.
    await follow(of(found, own("replaced")));
    const mended = await drift("--fix");
    expect(mended.mended.map(({ id }) => id)).toContain("container/postgres-mcp/removed");
    await expectNone();
  });

  /** The state's password of the database user of mariadb-mcp. */
  async function password(): Promise<string> {
    const { output } = await stack.pulumi("stack", "export", "--show-secrets");
    const [, found] = /DATABASE_PASSWORD=(\w{32})/.exec(output) ?? [];
    return found ?? "no password in the state";
  }
});

describe("what holds the data", () => {
  it("is missed when it is emptied, exchanged or removed", async () => {
    const { Image } = await stack.container("mariadb");
    const cache = name("buildkit-cache");
    await docker(["stop", name("postgres-db")]);
    await inVolume(name("postgres-data"), "rm -rf /volume/*", Image);
    await docker(["start", name("postgres-db")]);
    await docker(["rm", "--force", name("mariadb"), name("buildkit")]);
    await docker(["volume", "rm", name("mariadb-data"), cache]);
    await docker(["volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", cache]);

    const found = await drift();
    expect(found.ids).toEqual(
      expect.arrayContaining([
        "container/buildkit/removed",
        "container/mariadb/removed",
        "secret/postgres-mcp/password of postgres_mcp in postgres-db",
        "volume/postgres-db/emptied",
        `volume/${cache}/driver options`,
        `volume/${cache}/replaced`,
        `volume/${name("mariadb-data")}/removed`,
      ]),
    );
    expect(of(found, "container/mariadb/removed")?.mend.automatic).toBe(false);
    await docker(["volume", "rm", cache]);
    await follow(of(found, "volume/postgres-db/emptied")); // an update, as for the one that is gone
    await expectNone();
  });

  it("is missed when it is another network", async () => {
    const all = (await docker(["ps", "--quiet", "--filter", `network=${network()}`])).trim().split("\n");
    await Promise.all(all.map((id) => docker(["network", "disconnect", network(), id])));
    await docker(["network", "rm", network()]);
    const gone = await drift("--settle", "0");
    expect(gone.ids).toEqual(
      expect.arrayContaining([`network/${network()}/removed`, "network/mariadb/detached"]),
    );

    const other = stack.subnet.replace("/24", "/25");
    await docker(["network", "create", "--subnet", other, network()]);
    const found = await drift("--settle", "0");
    expect(of(found, `network/${network()}/subnet`)).toMatchObject({ expected: stack.subnet, found: other });
    await follow(of(found, `network/${network()}/replaced`));
    await expectNone();
  });
});

describe("the state", () => {
  /** Changes the state as somebody with an editor does. */
  async function edit(change: (text: string) => string): Promise<void> {
    const { output } = await stack.pulumi("stack", "export");
    const file = join(stack.folder, "edited.json");
    writeFileSync(file, change(output));
    const { code, output: said } = await stack.pulumi("stack", "import", "--file", file);
    if (code !== 0) throw new Error(said);
  }

  it("is told apart from the engine when it was edited", async () => {
    await edit((text) => text.replaceAll('"memory": 256', '"memory": 333'));
    const found = await drift();
    expect(of(found, "state/postgres-mcp/memory")).toMatchObject({ kind: "state", expected: "256 MiB" });
    expect(new Set(found.differences.map(({ kind }) => kind))).toEqual(new Set(["state"]));
    await follow(found.differences[0]);
    await expectNone();
  });

  it("is known to be from a newer commit than this checkout", async () => {
    const newer = mkdtempSync(join(tmpdir(), "newer-"));
    try {
      await stack.type(`git clone --quiet --no-hardlinks '${root}' '${newer}'`);
      // What is not committed here yet is part of both.
      for (const folder of readdirSync(root)) {
        if ([".git", ".local", "node_modules"].includes(folder)) continue;
        rmSync(join(newer, folder), { recursive: true, force: true });
        cpSync(join(root, folder), join(newer, folder), { recursive: true });
      }
      symlinkSync(join(root, "node_modules"), join(newer, "node_modules"));
      if (existsSync(join(root, ".local"))) symlinkSync(join(root, ".local"), join(newer, ".local"));
      const file = join(newer, "topology", "mcp-servers.ts");
      writeFileSync(file, readFileSync(file, "utf8").replace(/memoryMiB: 256/g, "memoryMiB: 288"));
      const author = "-c user.name=somebody -c user.email=somebody@example.com";
      await stack.type(`cd '${newer}' && git add -A && git ${author} commit -qm 'More memory'`);
      const up = `pulumi -C '${newer}' up --yes --skip-preview --non-interactive --stack ${stack.name}`;
      const { code, output } = await stack.type(`${up} --config-file ${stack.configFile}`);
      if (code !== 0) throw new Error(output);

      const found = await drift();
      expect(found.code).toBe(2);
      expect(of(found, "checkout/postgres-mcp/memory")).toMatchObject({
        expected: "256 MiB",
        found: expect.stringMatching(/^288 MiB, by a commit that this checkout lacks/) as string,
        by: expect.stringContaining("somebody") as string,
        mend: { automatic: false },
      });
      expect(new Set(found.differences.map(({ kind }) => kind))).toEqual(new Set(["checkout"]));
    } finally {
      rmSync(newer, { recursive: true, force: true });
    }
    await stack.up("--refresh");
    await expectNone();
  });

  it("is not judged while an update runs, and nothing is without an engine", async () => {
    const locks = join(stack.folder, ".pulumi", "locks", "organization", "mcp", stack.name);
    const update = stack.start(["up", "--yes", "--skip-preview"]);
    while (!existsSync(locks) || readdirSync(locks).length === 0) await sleep(20);
    const during = await drift();
    expect(during).toMatchObject({ code: 1, drifted: null, differences: [] });
    expect(during.problem).toMatch(/^An update of .* is running: process \d+/);
    await new Promise((resolve) => update.once("exit", resolve));

    const line = `npm run --silent drift -- --stack ${stack.name} --config-file ${stack.configFile} --json`;
    const away = await stack.type(`DOCKER_HOST=tcp://127.0.0.1:1 ${line}`);
    expect(away).toMatchObject({
      code: 1,
      output: expect.stringContaining("No Docker engine answers") as string,
    });
  });
});

describe("the order of precedence", () => {
  it("leaves what an operator stopped alone, and what waits for it", async () => {
    await stack.command("stop", "mariadb");
    while ((await stack.container("mariadb-mcp")).State.Health?.Status !== "unhealthy") await sleep(200);
    const { code, held } = await drift("--fix");
    expect(code).toBe(0);
    expect(held).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ service: "mariadb", waitsFor: null }) as object,
        expect.objectContaining({ service: "mariadb-mcp", waitsFor: "mariadb" }) as object,
      ]),
    );
    expect((await stack.container("mariadb")).State.Status).toBe("exited");
    await stack.type(held.find(({ service }) => service === "mariadb")?.command ?? "false");
    expect((await stack.container("mariadb")).HostConfig.RestartPolicy.Name).toBe("unless-stopped");
    await stack.verdicts();
    await expectNone();
  });

  it("lets an update start what is held, as it says that the stack is to run", async () => {
    await stack.command("stop", "postgres-mcp");
    await stack.up("--refresh");
    expect((await stack.container("postgres-mcp")).State.Status).toBe("running");
    await expectNone();
  });
});
